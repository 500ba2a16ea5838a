// Commands on persons: list and delete, for operators, and the deletion of one's own account.

import { type Actor, auditOf, type OperatorActor, type Origin } from '../domain/actor.ts';
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Clock } from '../domain/clock.ts';
import { oneDayMs } from '../domain/durations.ts';
import { actorNow } from '../domain/standing.ts';
import { composeMail, type Letterhead, plainLetterhead } from './letter.ts';
import { type Letters, letters } from './letters.ts';
import type { FileMailer, Mailer } from './mail.ts';
import { notFound, OnlyOwner, PeopleError } from './people-error.ts';
import type { Membership, PeopleOperations, PeopleStore, Person, PersonPage, PersonQuery } from './ports.ts';

/** A deleted person. */
export interface DeletedPerson {
  readonly id: string;
  /** Audit entries of an older Miftah that keep the person's name or address. */
  readonly entriesKept: number;
}

/** A person who is signed in and deletes their own account. */
export interface OwnAccount extends Origin {
  readonly person: Person;
  readonly letterhead: Letterhead;
  readonly sessionId: string;
  /** When the session began. It must be at most a day ago. */
  readonly signedInAtMs: number;
}

/**
 * A deleted person can't sign in, and their sessions have ended. Their keys belong to organizations, so they stay. Both
 * deletions reject with `last_owner` while the person is the only owner of an organization. A mail tells the person, if
 * a server sends it. Safe concurrently.
 */
export interface PersonCommands {
  /** By e-mail address. For operators. */
  listPersons(actor: OperatorActor, query: PersonQuery): Promise<PersonPage>;
  /** For operators. Rejects with `last_operator` for an operator who deletes the last one. */
  deletePerson(actor: OperatorActor, id: string, letterhead?: Letterhead): Promise<DeletedPerson>;
  /** Rejects with `session_not_fresh`, and with `last_operator` for the last operator. */
  deleteOwnAccount(account: OwnAccount): Promise<DeletedPerson>;
}

export interface PersonParts {
  readonly store: PeopleStore;
  /** Removes the mails to an address from the mail log. `undefined`: a server has them. */
  readonly forgetMails: FileMailer['forget'] | undefined;
  /** Tells people that they were deleted. `undefined`: no server sends mail, and the mail log would keep an address. */
  readonly smtpMailer: Mailer | undefined;
  readonly clock: Clock;
  /** Called with the error if a mail could not be sent, or mails to a deleted person stay in the mail log. */
  readonly onFault: (error: unknown) => void;
}

/** Few enough that other requests don't notice the search. */
const entriesPerSearch = 5_000;

export function createPersonCommands(parts: PersonParts): PersonCommands {
  const { store, forgetMails, smtpMailer, clock, onFault } = parts;

  /** Searches the audit log in steps, outside the transaction, because every writer waits for a transaction. */
  async function findMentions(person: Person) {
    const newest = await store.findNewestEntry();
    const mentions = [];
    for (let seq = 0; seq < newest; seq += entriesPerSearch) {
      mentions.push(...(await store.listMentions(person, seq, Math.min(seq + entriesPerSearch, newest))));
    }
    return { newest, mentions };
  }

  async function remove(
    found: Person,
    entryOf: (nowMs: number, after: AuditEntry['after']) => AuditEntry,
    assertMay: (operations: PeopleOperations, nowMs: number) => Promise<void>,
  ): Promise<DeletedPerson> {
    const { newest, mentions } = await findMentions(found);
    const erased = await store.transaction(async (operations) => {
      const nowMs = clock.nowMs();
      await assertMay(operations, nowMs);
      const person = await operations.findPerson(found.id);
      if (person === undefined) throw notFound();
      await assertNotNeeded(operations, person);
      const late = await operations.listMentions(person, newest, await operations.findNewestEntry());
      const all = [...mentions, ...late];
      const sealed = all.filter(({ isSealed }) => isSealed).map(({ seq }) => seq);
      const { entriesKept } = await operations.erasePerson(person, sealed);
      await operations.appendAudit(entryOf(nowMs, { mentions: sealed }));
      return { id: person.id, entriesKept: entriesKept + all.length - sealed.length };
    });
    await forgetMails?.(found.email).catch(onFault);
    return erased;
  }

  function tell({ email }: Person, letterhead: Letterhead, by: Parameters<Letters['deletion']>[0]): void {
    const letter = letters[letterhead.language].deletion(by, clock.nowMs());
    smtpMailer?.send(composeMail(email, letterhead, letter)).catch(onFault);
  }

  return {
    listPersons: (_actor, { email, ...page }) => store.listPersons({ email: email?.trim().toLowerCase(), ...page }),

    async deletePerson(caller, id, letterhead = plainLetterhead) {
      const found = await store.findPerson(id);
      if (found === undefined) throw notFound();
      const isOwn = caller.personId === id;
      const actor: Actor = isOwn ? { ...caller, label: id, address: null } : caller;
      const deleted = await remove(
        found,
        (nowMs, after) => auditOf(actor, nowMs, deletionOf(found, after)),
        async (operations, nowMs) => {
          const now = await actorNow(caller, operations, nowMs);
          if (now === 'not_found') throw notFound();
          if (now === 'not_signed_in') throw sessionEnded();
          if (isOwn) await assertAnotherOperator(operations, found);
        },
      );
      tell(found, letterhead, 'operator');
      return deleted;
    },

    async deleteOwnAccount({ person, letterhead, sessionId, signedInAtMs, via, address, requestId }) {
      if (clock.nowMs() - signedInAtMs >= oneDayMs) {
        throw new PeopleError(
          'session_not_fresh',
          'Your sign-in is more than 24 hours old: sign in again, then repeat.',
        );
      }
      const deleted = await remove(
        person,
        (nowMs, after) => ({
          atMs: nowMs,
          // Neither address: the entry of an erasure must not hold what it erased.
          actor: { kind: 'member', id: person.id, label: person.id },
          ...{ via, address: null, requestId },
          ...deletionOf(person, after),
        }),
        async (operations, nowMs) => {
          const standing = { personId: person.id, sessionId, orgId: undefined };
          if (!(await operations.findStanding(standing, nowMs)).isSignedIn) throw sessionEnded();
          await assertAnotherOperator(operations, person);
        },
      );
      tell(person, letterhead, { address });
      return deleted;
    },
  };
}

function deletionOf({ id }: Person, after: AuditEntry['after']) {
  return { action: 'person.deleted', target: { kind: 'person', id }, orgId: null, before: null, after } as const;
}

/** The most organizations that an error names. */
const namedOrganizations = 3;

/** An organization without an owner could not be managed by its members. */
async function assertNotNeeded(operations: PeopleOperations, { id, email }: Person): Promise<void> {
  const needed: Membership['organization'][] = [];
  for (const { organization, role } of await operations.listMemberships(id)) {
    if (role === 'owner' && (await operations.countOwners(organization.id)) === 1) needed.push(organization);
  }
  if (needed.length === 0) return;
  const names = needed.slice(0, namedOrganizations).map((each) => `${each.name} (${each.id})`);
  const more = needed.length > namedOrganizations ? ` and ${needed.length - namedOrganizations} more` : '';
  throw new OnlyOwner(
    `${email} is the only owner of ${names.join(', ')}${more}: make another member an owner, or have the operator delete the organization first.`,
    needed.slice(0, namedOrganizations).map(({ id, name }) => ({ id, name })),
  );
}

/** The console would have no operator. The operator token still works, so its holder may decide that. */
async function assertAnotherOperator(operations: PeopleOperations, { id }: Person): Promise<void> {
  if (!(await operations.isOperator(id)) || (await operations.countOperators()) > 1) return;
  throw new PeopleError(
    'last_operator',
    'You are the only operator of the console: the holder of the operator token can delete you with miftah people delete.',
  );
}

function sessionEnded(): PeopleError {
  return new PeopleError('not_signed_in', 'The session has ended: sign in again.');
}
