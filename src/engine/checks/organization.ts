// Refuses every key of a suspended organization.
import type { Check } from './check.ts';

export const checkOrganization: Check = (key) => (key.isOrgSuspended ? 'org_suspended' : undefined);
