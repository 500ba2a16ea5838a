// Commands on organizations: create, get, list, suspend, resume.
import type { Organization } from '../domain/api-key.ts';
import { randomBase62 } from '../domain/secret.ts';
import { type Actor, assertMayIn, assertOperator, auditOf } from './actor.ts';
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

/**
 * Each checks what the actor may do, writes its audit entry in the transaction of its change, and resolves when the change
 * holds everywhere. Rejects with a `ManagementError` for what is asked wrongly.
 */
export interface OrganizationCommands {
  createOrganization(actor: Actor, input: NewOrganization): Promise<Organization>;
  getOrganization(actor: Actor, id: string): Promise<Organization>;
  /** Newest first. For operators. */
  listOrganizations(actor: Actor, page: PageRequest): Promise<Page<Organization>>;
  /** From the moment it resolves, all keys of the organization are refused. Idempotent. */
  suspendOrganization(actor: Actor, id: string): Promise<Organization>;
  /** From the moment it resolves, keys are judged by their own state again. Idempotent. */
  resumeOrganization(actor: Actor, id: string): Promise<Organization>;
}

export function createOrganizationCommands({ store, cache, clock }: ManagementParts): OrganizationCommands {
  async function setStatus(actor: Actor, id: string, status: Organization['status']): Promise<Organization> {
    assertOperator(actor);
    const organization = await store.transaction(async (operations) => {
      const before = await operations.findOrganization(id);
      if (before === undefined) throw notFound();
      if (before.status === status) return before;
      const after = await operations.setOrganizationStatus(id, status);
      if (after === undefined) throw notFound();
      const entry = {
        action: status === 'active' ? 'org.resumed' : 'org.suspended',
        target: { kind: 'org', id },
        orgId: id,
        before: { status: before.status },
        after: { status },
      };
      await operations.appendAudit(auditOf(actor, clock.nowMs(), entry));
      return after;
    });
    cache.forgetOrganization(id);
    return organization;
  }

  return {
    async createOrganization(actor, { name, kind = 'standard' }) {
      assertOperator(actor);
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
      await store.transaction(async (operations) => {
        await operations.createOrganization(organization);
        const entry = {
          action: 'org.created',
          target: { kind: 'org', id: organization.id },
          orgId: organization.id,
          before: null,
          after: { name: organization.name, kind },
        };
        await operations.appendAudit(auditOf(actor, organization.createdAtMs, entry));
      });
      return organization;
    },

    async getOrganization(actor, id) {
      assertMayIn(actor, id, 'org.read');
      const organization = await store.findOrganization(id);
      if (organization === undefined) throw notFound();
      return organization;
    },

    async listOrganizations(actor, page) {
      assertOperator(actor);
      return store.listOrganizations(page);
    },
    suspendOrganization: (actor, id) => setStatus(actor, id, 'suspended'),
    resumeOrganization: (actor, id) => setStatus(actor, id, 'active'),
  };
}
