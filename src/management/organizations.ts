// Commands on organizations: create, get, list, suspend, resume.
import type { Organization } from '../domain/api-key.ts';
import { randomBase62 } from '../domain/secret.ts';
import { checkName } from './display-name.ts';
import { invalidInput, notFound } from './management-error.ts';
import type { ManagementParts } from './parts.ts';
import type { Page, PageRequest } from './ports.ts';

export interface NewOrganization {
  /** 1 to 200 characters. */
  readonly name: string;
  /** What it is to the vendor: lower case letters, digits, `-` and `_`, at most 32. Default `standard`. */
  readonly kind?: string | undefined;
}

const nameLength = { min: 1, max: 200 };

/** Each resolves when its change holds everywhere, rejects with a `ManagementError` for what is asked wrongly. */
export interface OrganizationCommands {
  createOrganization(input: NewOrganization): Promise<Organization>;
  getOrganization(id: string): Promise<Organization>;
  /** Newest first. */
  listOrganizations(page: PageRequest): Promise<Page<Organization>>;
  /** From the moment it resolves, all keys of the organization are refused. Idempotent. */
  suspendOrganization(id: string): Promise<Organization>;
  /** From the moment it resolves, keys are judged by their own state again. Idempotent. */
  resumeOrganization(id: string): Promise<Organization>;
}

export function createOrganizationCommands({ store, cache, clock }: ManagementParts): OrganizationCommands {
  async function setStatus(id: string, status: Organization['status']): Promise<Organization> {
    const organization = await store.setOrganizationStatus(id, status);
    if (organization === undefined) throw notFound();
    cache.forgetOrganization(id);
    return organization;
  }

  return {
    async createOrganization({ name, kind = 'standard' }) {
      if (!/^[a-z][a-z0-9_-]{0,31}$/.test(kind)) {
        throw invalidInput('kind', 'must be lower case letters, digits, - or _, at most 32, such as "dealer"');
      }
      const organization: Organization = {
        id: `org_${randomBase62(20)}`,
        name: checkName(name, nameLength),
        kind,
        status: 'active',
        createdAtMs: clock.nowMs(),
      };
      await store.createOrganization(organization);
      return organization;
    },

    async getOrganization(id) {
      const organization = await store.findOrganization(id);
      if (organization === undefined) throw notFound();
      return organization;
    },

    listOrganizations: (page) => store.listOrganizations(page),
    suspendOrganization: (id) => setStatus(id, 'suspended'),
    resumeOrganization: (id) => setStatus(id, 'active'),
  };
}
