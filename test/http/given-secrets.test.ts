// Secrets from outside the data folder: by the environment, and as Kubernetes mounts them.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { generateSigningKey } from '../../src/gateway/assertion.ts';
import { serve } from '../../src/serve.ts';
import { runCli } from '../cli/cli-process.ts';

const token = `mft_${'a1'.repeat(20)}`;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A mounted `Secret`: each name is a link through `..data` to a file of a folder that an update replaces. */
function mount(texts: Readonly<Record<string, string>>, mode: number): string {
  const mounted = join(folder, 'mounted');
  mkdirSync(join(mounted, '..2027_01_01_00_00_00.1'), { recursive: true });
  symlinkSync('..2027_01_01_00_00_00.1', join(mounted, '..data'));
  for (const [name, text] of Object.entries(texts)) {
    const file = join(mounted, '..2027_01_01_00_00_00.1', name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    symlinkSync(join('..data', name), join(mounted, name));
  }
  return mounted;
}

function load(environment: Readonly<Record<string, string>>, lines = '') {
  const file = join(folder, 'miftah.yaml');
  writeFileSync(
    file,
    `public: { listen: "127.0.0.1:0" }\ninternal: { listen: "127.0.0.1:0" }\ndataDir: data\n${lines}
apis: [{ id: a, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:9" }]\n`,
  );
  return loadConfig({ file, environment, workingFolder: folder });
}

const quiet = { log: pino({ level: 'silent' }) };

async function start(environment: Readonly<Record<string, string>>, lines?: string) {
  const server = await serve(load(environment, lines), quiet);
  const ask = (path: string) =>
    fetch(`http://${server.internalAddress}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { server, ask };
}

test.each([0o644, 0o440])('files of a mounted secret with mode %o', async (mode) => {
  const signingKey = JSON.stringify(await generateSigningKey());
  const mounted = mount({ token: `${token}\n`, session: 's'.repeat(43), key: signingKey }, mode);
  const files = `secrets: { operatorTokenFile: ${join(mounted, 'token')}, sessionSecretFile: ${join(mounted, 'session')}, signingKeyFile: ${join(mounted, 'key')} }\n`;
  const { server, ask } = await start({}, files);
  try {
    expect((await ask('/v1/apis')).status).toBe(200);
    const { keys } = (await (await ask('/.well-known/jwks.json')).json()) as { keys: { x: string }[] };
    expect(signingKey).toContain(keys[0]?.x);
    expect(server.operatorTokenFile).toBe(join(mounted, 'token'));
    expect(readdirSync(join(folder, 'data')).filter((name) => /token$|secret|signing/.test(name))).toEqual([
      'setup-token',
    ]);
    // A command in the same container.
    const env = { MIFTAH_URL: `http://${server.internalAddress}`, MIFTAH_OPERATOR_TOKEN_FILE: join(mounted, 'token') };
    expect(await runCli(['orgs', 'list', '--json'], { cwd: folder, env })).toMatchObject({ code: 0, stderr: '' });
  } finally {
    await server.close();
  }
});

test('variables with the files, and with the secrets themselves', async () => {
  const signingKeys = [await generateSigningKey(), await generateSigningKey()];
  const mounted = mount({ session: 's'.repeat(43) }, 0o644);
  const { server, ask } = await start({
    MIFTAH_OPERATOR_TOKEN: token,
    MIFTAH_SESSION_SECRET_FILE: join(mounted, 'session'),
    MIFTAH_SIGNING_KEY: JSON.stringify({ keys: signingKeys }),
  });
  try {
    expect((await ask('/v1/apis')).status).toBe(200);
    const { keys } = (await (await ask('/.well-known/jwks.json')).json()) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toEqual(signingKeys.map(({ kid }) => kid));
    expect(server.operatorTokenFile).toBeUndefined();
    const env = { MIFTAH_URL: `http://${server.internalAddress}`, MIFTAH_OPERATOR_TOKEN: token };
    expect(await runCli(['orgs', 'list', '--json'], { cwd: folder, env })).toMatchObject({ code: 0, stderr: '' });
  } finally {
    await server.close();
  }
});

test('a file that is missing, open to writers or no secret is told, and not made', async () => {
  const mounted = mount({ open: token, wrong: 'mft_short', short: 'few', key: '{"kty":"OKP"}' }, 0o644);
  chmodSync(join(mounted, 'open'), 0o666);
  const file = (name: string) => join(mounted, name);
  const cases: readonly [Readonly<Record<string, string>>, string, RegExp][] = [
    [{ MIFTAH_OPERATOR_TOKEN_FILE: file('none') }, 'secret_file_unreadable', /none \(ENOENT\): .*correct its path/],
    [{ MIFTAH_OPERATOR_TOKEN_FILE: file('open') }, 'secret_file_exposed', /can be written .*chmod o-w/],
    [{ MIFTAH_OPERATOR_TOKEN_FILE: file('wrong') }, 'secret_invalid', /wrong does not .*mft_ and 40 letters/],
    [{ MIFTAH_OPERATOR_TOKEN: 'mft_short' }, 'secret_invalid', /^MIFTAH_OPERATOR_TOKEN does not hold/],
    [{ MIFTAH_SESSION_SECRET_FILE: file('short') }, 'secret_invalid', /32 characters or more/],
    [{ MIFTAH_SIGNING_KEY_FILE: file('short') }, 'secret_invalid', /signing-key\.json/],
    [{ MIFTAH_SIGNING_KEY_FILE: file('key') }, 'signing_key_invalid', /key is not a signing key: give it the text/],
  ];
  for (const [environment, code, message] of cases) {
    const error: unknown = await serve(load(environment), quiet).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('mft_short');
  }
  expect(readFileSync(file('wrong'), 'utf8')).toBe('mft_short');
});
