// The sessions, passkeys and settings of the account.
import { queryOptions } from '@tanstack/react-query';
import { api, callAuth, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';

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

type Settings = components['schemas']['PersonSettings'];
export type Timing = Settings['kinds'][number]['timing'];

export const settingsQuery = queryOptions({
  queryKey: ['account', 'settings'],
  queryFn: () => unwrap(api.GET('/api/session/settings')),
});

/** Changes what is given. Returns all settings. */
export function changeSettings(change: components['schemas']['PersonSettingsChange']): Promise<Settings> {
  return unwrap(api.PATCH('/api/session/settings', { body: change }));
}
