// The sessions and passkeys of the account.
import { queryOptions } from '@tanstack/react-query';
import { callAuth } from '../../api/client.ts';

export interface ShownSession {
  readonly id: string;
  readonly isCurrent: boolean;
  /** ISO 8601, as the other instants. */
  readonly createdAt: string;
  /** When the session was last extended: once a day of use. */
  readonly updatedAt: string;
  readonly expiresAt: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface Passkey {
  readonly id: string;
  readonly name?: string | null;
  readonly createdAt: string;
  /** `multiDevice`: a password manager keeps it on all of the person's devices. */
  readonly deviceType: string;
}

export const sessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: async () => {
    const sessions = await callAuth<ShownSession[]>('GET', '/list-sessions');
    return sessions.toSorted(
      (a, b) => Number(b.isCurrent) - Number(a.isCurrent) || b.createdAt.localeCompare(a.createdAt),
    );
  },
});

export const passkeysQuery = queryOptions({
  queryKey: ['account', 'passkeys'],
  queryFn: () => callAuth<Passkey[]>('GET', '/passkey/list-user-passkeys'),
});
