// Errors of commands on keys. Each message says how to go on.
import type { Organization } from '../../domain/api-key.ts';
import { invalidInput, ManagementError } from '../management-error.ts';

export function notActive(status: 'revoked' | 'expired' | 'disabled'): ManagementError {
  const fixes = {
    revoked: 'The key is revoked for good: create a new key.',
    expired: 'The key has expired: set a later expiry first, or create a new key.',
    disabled: 'The key is disabled: enable it first.',
  };
  return new ManagementError('key_not_active', fixes[status]);
}

export function revisionMismatch(): ManagementError {
  return new ManagementError(
    'revision_mismatch',
    'The key has changed since you read it: read it again and repeat the change on its new revision.',
  );
}

export function orgNotActive(organization: Pick<Organization, 'status'> | undefined): ManagementError {
  const where = organization?.status === 'active' ? ' for this API' : '';
  return new ManagementError('org_not_active', `org: the organization is suspended${where}: resume it first`, 'org');
}

export function keyLimitReached(maxKeysPerOrg: number): ManagementError {
  return new ManagementError(
    'key_limit_reached',
    `org: the organization has ${maxKeysPerOrg} keys of this API, the most it may have: revoke one it no longer needs`,
    'org',
  );
}

export function addressesRequired(): ManagementError {
  return invalidInput('addresses', 'keys of this API must list at least one client address');
}
