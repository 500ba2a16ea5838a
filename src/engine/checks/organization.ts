// Refuses every key of an organization that is suspended, or suspended for the key's API.
import type { Check } from './check.ts';

export const checkOrganization: Check = (key) => (key.isOrgSuspended ? 'org_suspended' : undefined);
