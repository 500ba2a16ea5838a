// Refuses every key of an organization that is suspended.
import type { Check } from './check.ts';

export const checkOrganization: Check = (key) => (key.isOrgSuspended ? 'org_suspended' : undefined);
