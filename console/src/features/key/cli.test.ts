// Commands to paste: whatever a key is called, nothing of it runs.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { ConsoleApi } from '../../api/config.ts';
import { writeCommands } from './cli.ts';
import type { Key } from './key-api.ts';

const key = {
  id: 'key_1',
  org: 'org_1',
  api: 'classic',
  environment: 'live',
  name: 'Production',
  status: 'active',
  addresses: ['203.0.113.7', '203.0.113.8'],
  referrers: ['*.example.com'],
  endpoints: ['GET /v1/users/*'],
  scopes: [],
  rateLimits: ['60/m'],
  expiresAt: null,
} as unknown as Key;
const api = { actions: { rotate: true, disable: false, revokeWord: 'revoke' } } as ConsoleApi;
const commandOf = (name: string, of = key) => writeCommands(of, api).find((each) => each.name === name)?.command;

test('writes what the page does as the CLI takes it', () => {
  expect(commandOf('recreate')).toBe(
    "miftah keys create --api classic --org org_1 --env live --name Production --ip 203.0.113.7,203.0.113.8 --referrer '*.example.com' --endpoint 'GET /v1/users/*' --rate 60/m",
  );
  expect(commandOf('rotate')).toBe('miftah keys rotate key_1 --overlap 24h');
  expect(writeCommands({ ...key, status: 'revoked' }, api).map(({ name }) => name)).toEqual(['get', 'recreate']);
});

test.each(['$(touch /tmp/x) `id`; rm -rf ~ #', "it's", '--help', 'a\nmiftah keys revoke key_2', '"', ''])(
  'a shell takes the name %j for nothing but a name',
  (name) => {
    const line = commandOf('update', { ...key, name }) as string;
    const args = execFileSync('sh', ['-c', `printf '%s\\n' ${line.slice('miftah '.length)}`], { encoding: 'utf8' });
    const given = args.split('\n');
    expect(given[given.indexOf('--name') + 1]).toBe(name.replace('\n', ' '));
    expect(line).not.toContain('\n');
  },
);
