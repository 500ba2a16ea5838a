// How many invitations are mailed: by one person, for one organization, to one address.
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import { TooManyAttempts } from './people-error.ts';
import type { InvitationMail, PeopleActor, PeopleOperations } from './ports.ts';

/** The inviter of what the operator token sends. No person has this id. */
export const tokenInviter = 'operator';

interface Limit {
  /** Members of an invitation that a mail must share with the new one to count. */
  readonly by: readonly (keyof InvitationMail)[];
  readonly windowMs: number;
  readonly members: number;
  readonly operators: number;
  readonly whose: string;
}

/** No window is longer than 8 days: rows are removed after them. */
const limits: readonly Limit[] = [
  { by: ['inviter'], windowMs: oneHourMs, members: 20, operators: 200, whose: 'by you' },
  { by: ['inviter'], windowMs: oneDayMs, members: 60, operators: 2_000, whose: 'by you' },
  { by: ['orgId'], windowMs: oneDayMs, members: 100, operators: 2_000, whose: 'for this organization' },
  // One organization may mail fewer than all together, so it can't keep the others from inviting somebody.
  { by: ['orgId', 'email'], windowMs: oneDayMs, members: 3, operators: 10, whose: 'to this address' },
  { by: ['email'], windowMs: oneDayMs, members: 10, operators: 30, whose: 'to this address' },
];

/**
 * Counts the mail of invitation `id`. Rejects with `too_many_attempts` when one more would be too many. Call it in the
 * transaction that makes the invitation, so that no more than the limit pass at once on all nodes. Accepted, revoked and
 * replaced invitations count too.
 */
export async function countInvitation(
  operations: PeopleOperations,
  actor: PeopleActor,
  { id, orgId, email, nowMs }: { readonly id: string; readonly nowMs: number } & Omit<InvitationMail, 'inviter'>,
): Promise<void> {
  const sent: InvitationMail = { inviter: actor.personId ?? tokenInviter, orgId, email };
  for (const { by, windowMs, members, operators, whose } of limits) {
    const limit = actor.kind === 'operator' ? operators : members;
    const same = Object.fromEntries(by.map((name) => [name, sent[name]]));
    const times = await operations.listInvitationTimes(same, nowMs - windowMs, limit);
    const oldest = times[limit - 1];
    if (oldest === undefined) continue;
    throw new TooManyAttempts(
      Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000)),
      `Too many invitations were sent ${whose}: wait for the seconds in Retry-After.`,
    );
  }
  await operations.countInvitationMail(id, sent, nowMs);
}
