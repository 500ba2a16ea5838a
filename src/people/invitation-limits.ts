// Limits of mailed invitations: by one person, for one organization, to one address.
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import { TooManyAttempts } from './people-error.ts';
import type { InvitationMail, PeopleActor, PeopleOperations } from './ports.ts';

/** The inviter of invitations by the operator token. No person has this id. */
export const tokenInviter = 'operator';

interface Limit {
  /** Earlier mails count if they have the same values of these members. */
  readonly by: readonly (keyof InvitationMail)[];
  readonly windowMs: number;
  readonly members: number;
  readonly operators: number;
  /** The end of "Too many invitations were sent …". */
  readonly phrase: string;
}

/** No window may exceed 8 days, because rows are removed after that time. */
const limits: readonly Limit[] = [
  { by: ['inviter'], windowMs: oneHourMs, members: 20, operators: 200, phrase: 'by you' },
  { by: ['inviter'], windowMs: oneDayMs, members: 60, operators: 2_000, phrase: 'by you' },
  { by: ['orgId'], windowMs: oneDayMs, members: 100, operators: 2_000, phrase: 'for this organization' },
  // One organization has a lower limit than all together, so it can't keep others from inviting the address.
  { by: ['orgId', 'email'], windowMs: oneDayMs, members: 3, operators: 10, phrase: 'to this address' },
  { by: ['email'], windowMs: oneDayMs, members: 10, operators: 30, phrase: 'to this address' },
];

/**
 * Counts the mail of invitation `id`. Rejects with `too_many_attempts` when that would exceed a limit. Call it in the
 * transaction that creates the invitation, so that concurrent calls on all nodes stay within the limit. Accepted,
 * revoked and replaced invitations count too.
 */
export async function countInvitation(
  operations: PeopleOperations,
  actor: PeopleActor,
  { id, orgId, email, nowMs }: { readonly id: string; readonly nowMs: number } & Omit<InvitationMail, 'inviter'>,
): Promise<void> {
  const sent: InvitationMail = { inviter: actor.personId ?? tokenInviter, orgId, email };
  for (const { by, windowMs, members, operators, phrase } of limits) {
    const limit = actor.kind === 'operator' ? operators : members;
    const same = Object.fromEntries(by.map((name) => [name, sent[name]]));
    const times = await operations.listInvitationTimes(same, nowMs - windowMs, limit);
    const oldest = times[limit - 1];
    if (oldest === undefined) continue;
    throw new TooManyAttempts(
      Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000)),
      `Too many invitations were sent ${phrase}: wait for the seconds in Retry-After.`,
    );
  }
  await operations.countInvitationMail(id, sent, nowMs);
}
