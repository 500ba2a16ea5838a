// `miftah profile`: what it lists, shows and checks, and the server that `try` runs.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileIds, readBundledProfile } from '../../src/config/bundled-profiles.ts';
import { problems } from '../../src/profiles/profile.ts';
import { runCli, spawnCli } from './cli-process.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-profile-'));
  write(
    'acme.profile.yaml',
    'product: Acme\nsource: { header: x-acme-key }\ncontentType: text/plain\nbody: "{code}: {message}"\n',
  );
  write(
    'miftah.yaml',
    `profiles:
  shop: { extends: palm, product: Shop }
apis:
  - { id: shop, profile: shop, hosts: [api.shop.localhost], upstream: http://127.0.0.1:8080 }
  - { id: acme, profile: ./acme.profile.yaml, hosts: [api.acme.localhost], upstream: http://127.0.0.1:8080 }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const miftah = (...args: string[]) => runCli(['profile', ...args], { cwd: folder });

test('list has the bundled profiles and those of a configuration', async () => {
  const { stdout } = await miftah('list', '--config', 'miftah.yaml');
  expect(stdout).toMatch(/^palpluss +PalPluss +Authorization: Basic base64\(KEY:\) +bundled$/m);
  expect(stdout).toMatch(/^shop +Shop +Authorization: Bearer KEY +miftah\.yaml$/m);
  expect(stdout).toMatch(/^acme +Acme +x-acme-key: KEY +miftah\.yaml$/m);
  const quiet = await miftah('list', '-q');
  expect(quiet.stdout).toBe(`${profileIds.join('\n')}\n`);
});

test('show prints the file of a bundled profile, and names the nearest for another', async () => {
  expect(await miftah('show', 'palcards')).toMatchObject({ code: 0, stdout: readBundledProfile('palcards') });
  expect(await miftah('show', 'palcard')).toMatchObject({
    code: 6,
    stdout: '',
    stderr: 'error: no bundled profile has the id palcard\nName a bundled profile: did you mean palcards?\n',
  });
});

describe('check', () => {
  test('prints the reply to every reason, for people and as JSON', async () => {
    const { stdout, code } = await miftah('check', 'acme.profile.yaml');
    expect(code).toBe(0);
    expect(stdout).toContain('acme: 25 replies, without a mistake. Each has Content-Type: text/plain;');
    expect(stdout).toMatch(
      /^key_unknown +401 +INVALID_API_KEY: The API key is missing or not valid\. +WWW-Authenticate: ApiKey realm="acme"$/m,
    );
    const { profiles } = JSON.parse((await miftah('check', '--config', 'miftah.yaml', '--json')).stdout);
    expect(profiles.map(({ id }: { id: string }) => id).toSorted()).toEqual(['acme', 'shop']);
    for (const { errors } of profiles) expect(errors.map(({ reason }: { reason: string }) => reason)).toEqual(problems);
    const limited = profiles
      .find(({ id }: { id: string }) => id === 'shop')
      .errors.find(({ reason }: { reason: string }) => reason === 'rate_limited');
    expect(limited).toMatchObject({ status: 429, headers: { 'X-RateLimit-Limit': '600', 'Retry-After': '45' } });
    expect(JSON.parse(limited.body)).toMatchObject({ status: 429 });
  });

  test('names the line, the setting and the fix', async () => {
    write('bad.yaml', 'product: Bad\nbdy: {}\n');
    const { code, stderr } = await miftah('check', 'bad.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('bad.yaml:2: profiles.bad: "bdy" is not known here: did you mean body?');
    expect((await miftah('check', 'nothing.yaml')).stderr).toContain('nothing.yaml: no such file');
    expect((await miftah('check', 'palmm')).stderr).toContain('"palmm" is not known: did you mean palm?');
  });

  test.each([[[]], [['palm', '--config', 'miftah.yaml']]])('takes a profile or a configuration: %j', async (args) => {
    expect(await miftah('check', ...args)).toMatchObject({ code: 2, stdout: '' });
  });
});

test('try serves the profile, prints calls that work, and leaves nothing behind', async () => {
  const child = spawnCli(['profile', 'try', 'acme.profile.yaml'], { cwd: folder });
  const ended = once(child, 'exit');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  try {
    await expect.poll(() => output, { timeout: 60_000 }).toContain('Mail is written to');
    const [line = ''] = /^ {2}curl -H "x-acme-key: ak_live_.*$/m.exec(output) ?? [];
    const [refusedLine = ''] = /^ {2}curl -i .*$/m.exec(output) ?? [];
    const run = (call: string) => promisify(execFile)('bash', ['-c', `${call.trim()} -s`]);
    expect((await run(line)).stdout).toContain('{');
    expect((await run(refusedLine)).stdout).toMatch(/401 Unauthorized.*INVALID_API_KEY: The API key is missing/s);
    const [data = ''] = /\/[^ ]*miftah-try-\w+/.exec(output) ?? [];
    expect(existsSync(data)).toBe(true);
    child.kill('SIGINT');
    await ended;
    expect(existsSync(data)).toBe(false);
  } finally {
    child.kill('SIGKILL');
  }
});
