// Audit entries for the actions of persons on their own accounts.

import type { Origin } from '../domain/actor.ts';
import type { AuditAction } from '../domain/audit-record.ts';
import type { Clock } from '../domain/clock.ts';
import type { Letterhead } from './letter.ts';
import type { PeopleStore, Person } from './ports.ts';

/** The actions of persons on their own accounts, without the one that ends the account. */
export type PersonalAction = Exclude<Extract<AuditAction, `person.${string}`>, 'person.deleted'>;

/** Resolves when the entry is on disk. Call it after the change, which better-auth makes in its own transaction. */
export type RecordPersonal = (
  person: Pick<Person, 'id' | 'email'>,
  action: PersonalAction,
  /** `letterhead`: how a mail about the action presents itself. Default: as Miftah, in English. */
  caller: Origin & {
    readonly letterhead?: Letterhead;
    /** The origin of the console in the browser. Absent: the caller is a script. */
    readonly consoleOrigin?: string;
  },
) => Promise<void>;

/** Records each action in the store's audit log. */
export function createPersonalAudit(store: Pick<PeopleStore, 'transaction'>, clock: Clock): RecordPersonal {
  return ({ id, email }, action, { via, address, requestId }) =>
    store.transaction((operations) =>
      operations.appendAudit({
        atMs: clock.nowMs(),
        actor: { kind: 'member', id, label: email },
        via,
        address,
        requestId,
        action,
        target: { kind: 'person', id },
        orgId: null,
        before: null,
        after: null,
      }),
    );
}
