// The set-up of the first person, once, with the token from the data folder.

import { hash, timingSafeEqual } from 'node:crypto';
import { auditOf, type Origin } from '../domain/actor.ts';
import { noAnnotations } from '../domain/annotations.ts';
import type { Organization } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';
import { randomBase62 } from '../domain/secret.ts';
import { newPerson } from './members.ts';
import { notFound, PeopleError, TooManyAttempts } from './people-error.ts';
import { assertNoSecret, checkDisplayName, checkPassword, type SecretFinder } from './person-input.ts';
import type { PeopleStore, Person } from './ports.ts';
import type { SignInLimits } from './sign-in-limits.ts';

/** The input of the set-up. */
export interface FirstOwner {
  readonly token: string;
  readonly email: string;
  /** 1 to 100 characters. */
  readonly name: string;
  /** 12 to 256 characters. */
  readonly password: string;
  readonly organization: {
    /** 1 to 200 characters. */
    readonly name: string;
    /** The sort of organization, such as `dealer`. Default `standard`. */
    readonly kind?: string | undefined;
  };
}

export interface SetUp {
  /**
   * Creates the first person, who is operator and owner of a new organization, and invalidates the token. Of concurrent
   * calls one succeeds; the others, and all later ones, get `not_found`. Rejects with `set_up_token_wrong` for a wrong
   * token, and with `too_many_attempts` after many wrong ones of a client.
   */
  complete(caller: Origin, owner: FirstOwner): Promise<{ person: Person; organization: Organization }>;
}

export interface SetUpParts {
  readonly store: PeopleStore;
  /** `undefined`: a person exists already. */
  readonly token: string | undefined;
  /** Removes the file with the token. */
  readonly removeToken: () => Promise<void>;
  readonly hashPassword: (password: string) => Promise<string>;
  readonly limits: Pick<SignInLimits, 'begin'>;
  readonly clock: Clock;
  /** Finds secrets in names and addresses, which are then refused. */
  readonly redactor: SecretFinder;
}

/** Creates the set-up. Without a token, every call gets `not_found`. */
export function createSetUp(parts: SetUpParts): SetUp {
  const { store, token, removeToken, hashPassword, limits, clock, redactor } = parts;

  let wanted = token === undefined ? undefined : digestOf(token);
  /** Resolves when the last attempt so far has ended. They run one by one, so that losers cost no password hash. */
  let queue: Promise<unknown> = Promise.resolve();

  async function complete(caller: Origin, owner: FirstOwner): ReturnType<SetUp['complete']> {
    if (wanted === undefined) throw notFound();
    if (!timingSafeEqual(digestOf(owner.token), wanted)) {
      // Only wrong tokens count, so other people's guesses never lock out the holder of the right one.
      const attempt = limits.begin(caller.address ?? undefined);
      if (typeof attempt === 'number') {
        throw new TooManyAttempts(
          attempt,
          'Wait for the seconds in Retry-After. The token is in the file setup-token.',
        );
      }
      throw new PeopleError(
        'set_up_token_wrong',
        'The set-up token is wrong: copy it from setup-token in the data folder.',
      );
    }
    const person = newPerson(owner.email, owner.name, redactor);
    const organizationWanted = checkOrganization(owner.organization, redactor);
    const passwordHash = await hashPassword(checkPassword(owner.password));
    const organization = await store.transaction(async (operations) => {
      if (await operations.hasPeople()) throw notFound();
      const nowMs = clock.nowMs();
      const organization: Organization = {
        ...organizationWanted,
        status: 'active',
        suspendedApis: [],
        grantedLimits: new Map(),
        ...noAnnotations,
        createdAtMs: nowMs,
      };
      const { id, email, name } = person;
      const { id: orgId, name: orgName, kinds } = organization;
      const actor = { kind: 'operator', personId: id, label: email, ...caller } as const;
      await operations.createPerson(person, passwordHash, nowMs);
      await operations.makeOperator(id, nowMs);
      await operations.createOrganization(organization);
      await operations.addMember(orgId, id, 'owner', nowMs);
      const target = { kind: 'person', id };
      await operations.appendAudit(
        auditOf(actor, nowMs, {
          action: 'operator.added',
          target,
          orgId: null,
          before: null,
          after: { email, name },
        }),
      );
      await operations.appendAudit(
        auditOf(actor, nowMs, {
          action: 'org.created',
          target: { kind: 'org', id: orgId },
          orgId,
          before: null,
          after: { name: orgName, kind: kinds.join(', ') },
        }),
      );
      await operations.appendAudit(
        auditOf(actor, nowMs, {
          action: 'member.added',
          target,
          orgId,
          before: null,
          after: { email, role: 'owner' },
        }),
      );
      return organization;
    });
    wanted = undefined;
    await removeToken();
    return { person, organization };
  }

  return {
    complete(caller, owner) {
      const result = queue.then(() => complete(caller, owner));
      queue = result.catch(() => undefined);
      return result;
    },
  };
}

function checkOrganization(
  { name, kind = 'standard' }: FirstOwner['organization'],
  secrets: SecretFinder,
): Pick<Organization, 'id' | 'name' | 'kinds'> {
  assertNoSecret(kind, 'organization.kind', secrets);
  if (!/^[a-z][a-z0-9_-]{0,31}$/.test(kind)) {
    throw new PeopleError(
      'invalid_input',
      'organization.kind: must be up to 32 lower-case letters, digits, - or _, such as "dealer"',
      'organization.kind',
    );
  }
  return {
    id: `org_${randomBase62(20)}`,
    name: checkDisplayName(name, 'organization.name', 200, secrets),
    kinds: [kind],
  };
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
