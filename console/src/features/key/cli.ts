// What the page of a key does, as commands of `miftah`; the forms are those of docs/reference/cli.md.
import type { ConsoleApi } from '../../api/config.ts';
import type { Key } from './key-api.ts';

interface Command {
  readonly name: 'get' | 'update' | 'rotate' | 'recreate' | 'disable' | 'enable' | 'revoke';
  readonly command: string;
}

/** Those that make sense for the key as it is. None has a secret in it. */
export function writeCommands(key: Key, { actions }: ConsoleApi): readonly Command[] {
  const { id, status } = key;
  const isOver = status === 'revoked';
  return [
    { name: 'get', command: `miftah keys get ${id}` },
    ...(isOver ? [] : [{ name: 'update', command: `miftah keys update ${id} ${writeSettings(key)}` } as const]),
    ...(actions.rotate && status === 'active'
      ? [{ name: 'rotate', command: `miftah keys rotate ${id} --overlap 24h` } as const]
      : []),
    {
      name: 'recreate',
      command: `miftah keys create --api ${key.api} --org ${key.org} --env ${key.environment} ${writeSettings(key)}`,
    },
    ...(actions.disable && status === 'active'
      ? [{ name: 'disable', command: `miftah keys disable ${id}` } as const]
      : []),
    ...(actions.disable && status === 'disabled'
      ? [{ name: 'enable', command: `miftah keys enable ${id}` } as const]
      : []),
    ...(isOver ? [] : [{ name: 'revoke', command: `miftah keys revoke ${id}` } as const]),
  ];
}

function writeSettings({ name, addresses, referrers, endpoints, scopes, rateLimits, expiresAt }: Key): string {
  return [
    `--name ${quote(name)}`,
    addresses.length > 0 && `--ip ${addresses.join(',')}`,
    ...referrers.map((referrer) => `--referrer ${quote(referrer)}`),
    ...endpoints.map((endpoint) => `--endpoint ${quote(endpoint)}`),
    scopes.length > 0 && `--scope ${quote(scopes.join(','))}`,
    rateLimits.length > 0 && `--rate ${rateLimits.join(',')}`,
    expiresAt !== null && `--expires ${expiresAt}`,
  ]
    .filter((part) => part !== false)
    .join(' ');
}

/** For a POSIX shell: a name is whatever somebody typed, and nothing of it may run. Line breaks, which would end a pasted line, become spaces. */
function quote(text: string): string {
  const plain = text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
  return /^[\w./:@-]+$/.test(plain) && !plain.startsWith('-') ? plain : `'${plain.replaceAll("'", `'\\''`)}'`;
}
