// The command as a user runs it: `dev` in an empty folder, the calls that it prints, other commands beside it, and its
// end.
import { type ChildProcessWithoutNullStreams, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, spawnCli } from './cli-process.ts';

const example = fileURLToPath(new URL('../../examples/five-profiles/miftah.yaml', import.meta.url));
const anyPorts = ['--public', '127.0.0.1:0', '--internal', '127.0.0.1:0'];

let folder: string;
const children = new Set<ChildProcessWithoutNullStreams>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-journey-'));
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: string;
  readonly publicAddress: string;
  readonly internalUrl: string;
  /** Resolves when standard error holds the text. */
  complaint(text: string): Promise<void>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a server and resolves when its output matches `last`. */
async function start(args: readonly string[], last: RegExp): Promise<Running> {
  const child = spawnCli(args, { cwd: folder });
  children.add(child);
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (last.test(stdout)) resolve();
    });
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${stdout}${stderr}`)));
  });
  return {
    child,
    stdout,
    publicAddress: /(?:public|ready on) http:\/\/([0-9.:]+)/.exec(stdout)?.[1] ?? '',
    internalUrl: /(?:internal|--url) (http:\/\/[0-9.:]+)/.exec(stdout)?.[1] ?? '',
    async complaint(text) {
      while (!stderr.includes(text)) await once(child.stderr, 'data');
    },
    async end(signal) {
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      const [code] = await exited;
      children.delete(child);
      return code;
    },
  };
}

const startDev = (data: string) =>
  start(['dev', '--config', example, ...anyPorts, '--data', data, '--upstream-port', '0'], /denials list.*\n/);

const startServe = (data: string) => start(['serve', '--config', example, ...anyPorts, '--data', data], /ready.*\n/);

/** The curl lines of the output, as a user would paste them. */
function linesOf({ stdout }: Running): string[] {
  return stdout.split('\n').flatMap((line) => /^ {2}(curl .*)$/.exec(line)?.slice(1) ?? []);
}

async function paste(line: string): Promise<{ status: number; body: string }> {
  const shell = await promisify(execFile)('sh', [
    '-c',
    `${line.replace('curl -i', 'curl')} -sS -m 10 -w '\\n%{http_code}'`,
  ]);
  const end = shell.stdout.lastIndexOf('\n');
  return { status: Number(shell.stdout.slice(end + 1)), body: shell.stdout.slice(0, end) };
}

/** Begins a request whose body is still to come. The server has its head. */
async function beginRequest({ publicAddress, stdout }: Running): Promise<Socket> {
  const { hostname, port } = new URL(`http://${publicAddress}`);
  const secret = /Bearer (sk_live_\w+)/.exec(stdout)?.[1];
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const head = ['POST /echo HTTP/1.1', 'Host: api.classic.localhost', `Authorization: Bearer ${secret}`];
  socket.write(`${[...head, 'Content-Length: 9', 'Expect: 100-continue'].join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  return socket;
}

/** Servers start and stop, beside whatever else the machine does. */
const patience = { timeout: 60_000 };

describe('miftah dev', patience, () => {
  let dev: Running;
  let data: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    data = join(folder, 'dev-data');
    dev = await startDev(data);
    env = { MIFTAH_URL: dev.internalUrl, MIFTAH_DATA: data };
  });
  afterAll(() => dev.end('SIGKILL'));

  test('prints a working call for each API and environment, and one that is refused', async () => {
    const lines = linesOf(dev);
    const answers = await Promise.all(lines.map(paste));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 200, 401]);
    expect(answers[0]?.body).toContain('"name":"Demo Dealer"');
    expect(answers.at(-1)?.body).toBe('{"statusCode":401,"message":"Unauthorized"}');
    const port = dev.publicAddress.split(':')[1];
    const shapes = lines.map((line) =>
      line.replaceAll(/(prod|sandbox|live|test|xyp)_\w{20,}/g, '$1_…').replaceAll(`:${port}`, ''),
    );
    expect(shapes).toEqual([
      'curl -H "x-api-key: sk_prod_…" "http://api.palcards.localhost/user/profile"',
      'curl -H "x-api-key: sk_sandbox_…" "http://api-sandbox.palcards.localhost/user/profile"',
      'curl http://api.palpluss.localhost/v1/wallets/service/balance -u "pk_live_…:"',
      'curl http://api.palpluss.localhost/v1/wallets/service/balance -u "pk_test_…:"',
      'curl -X GET "http://panel.localhost/api/account/api-keys?page=1&limit=50" -H "Authorization: Bearer xyp_…"',
      'curl -X GET http://api.classic.localhost/v1/users/usr_123 -H "Authorization: Bearer sk_live_…"',
      'curl -X GET http://api.classic.localhost/v1/users/usr_123 -H "Authorization: Bearer sk_test_…"',
      'curl -X GET http://api.palm.localhost/v1/verifications -H "Authorization: Bearer sk_live_…"',
      'curl -X GET http://api.palm.localhost/v1/verifications -H "Authorization: Bearer sk_test_…"',
      'curl -i "http://api.palcards.localhost/user/profile"',
    ]);
  });

  test('stores the demo keys so that only their owner can read them', () => {
    const file = join(data, 'demo-keys.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      comment: 'For trying Miftah only: revoke these keys before real use.',
      keys: { length: 9 },
    });
  });

  test('applies changes by other commands at once', async () => {
    const run = (args: string, stdin = '') => runCli([...args.split(' '), '--json'], { cwd: folder, env, stdin });
    const created = await run('orgs create --name Journey --kind dealer');
    const { id: org } = JSON.parse(created.stdout);
    const key = JSON.parse((await run(`keys create --api palcards --org ${org} --name Server --ip 127.0.0.1`)).stdout);
    const port = dev.publicAddress.split(':')[1];
    const call = `curl -H "x-api-key: ${key.secret}" http://api.palcards.localhost:${port}/user/profile`;
    expect((await paste(call)).status).toBe(200);
    expect((await paste(`${call} --interface 127.0.0.2`)).status).toBe(401);

    const verify = 'keys verify --api palcards --path /user/profile --secret-stdin --client-ip';
    const allowed = await run(`${verify} 127.0.0.1`, key.secret);
    expect([allowed.code, JSON.parse(allowed.stdout).verdict]).toEqual([0, 'allowed']);
    const refused = await run(`${verify} 127.0.0.2`, key.secret);
    expect([refused.code, JSON.parse(refused.stdout).reason]).toEqual([5, 'address_not_allowed']);
    const { data: denials } = JSON.parse((await run(`denials list --org ${org}`)).stdout);
    expect(denials).toMatchObject([
      {
        reason: 'address_not_allowed',
        clientAddress: '127.0.0.2',
        keyId: key.id,
        count: 1,
        fix: `Add 127.0.0.2 to the key: miftah keys update ${key.id} --ip 127.0.0.1,127.0.0.2`,
      },
    ]);
    const { data: usage } = JSON.parse((await run(`usage --org ${org}`)).stdout);
    expect(usage).toMatchObject([
      { outcome: 'address_not_allowed', count: 1 },
      { outcome: 'allowed', count: 1 },
    ]);

    expect((await run(`keys update ${key.id} --ip 127.0.0.1,127.0.0.2`)).code).toBe(0);
    expect((await paste(`${call} --interface 127.0.0.2`)).status).toBe(200);
    await run(`orgs suspend ${org}`);
    expect((await paste(call)).status).toBe(401);
    await run(`orgs resume ${org}`);
    expect((await paste(call)).status).toBe(200);
    expect(JSON.parse((await run(`keys revoke ${key.id}`)).stdout).status).toBe('revoked');
    expect((await paste(call)).status).toBe(401);
    expect(JSON.parse((await run(`keys get ${key.id}`)).stdout)).toMatchObject({ id: key.id, status: 'revoked' });
    expect((await run('keys get key_none')).code).toBe(6);
    expect((await runCli(['orgs', 'list'], { cwd: folder, env: { ...env, MIFTAH_TOKEN: 'mft_wrong' } })).code).toBe(4);
  });

  test('names the fix to a second server with the same data folder or port', async () => {
    const sameData = await runCli(['serve', '--config', example, ...anyPorts, '--data', data], { cwd: folder });
    expect(sameData).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: another Miftah uses the data folder ${data}: ` +
        'stop it first, or give this one its own data folder; several processes ask one miftah serve, or share PostgreSQL\n',
    });
    const ports = ['--public', dev.publicAddress, '--internal', '127.0.0.1:0'];
    const samePort = await runCli(['serve', '--config', example, ...ports, '--data', join(folder, 'other')], {
      cwd: folder,
    });
    expect(samePort).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: Port ${dev.publicAddress.split(':')[1]} on 127.0.0.1 is in use: ` +
        'stop the other process or choose another with --public HOST:PORT\n',
    });
  });
});

describe('a server', patience, () => {
  test('ends with 0 after a signal, and dev prints the same keys the next time', async () => {
    const data = join(folder, 'twice');
    const first = await startDev(data);
    expect(await first.end('SIGINT')).toBe(0);
    const second = await startDev(data);
    const secretsOf = (running: Running) => linesOf(running).map((line) => /\w{30,}/.exec(line)?.[0]);
    expect(secretsOf(second)).toEqual(secretsOf(first));
    expect(await second.end('SIGTERM')).toBe(0);
  });

  test('with organizations of its own gets no demo keys', async () => {
    const data = join(folder, 'own');
    const serve = await startServe(data);
    await runCli(['orgs', 'create', '--name', 'Mine'], {
      cwd: folder,
      env: { MIFTAH_URL: serve.internalUrl, MIFTAH_DATA: data },
    });
    expect(await serve.end('SIGTERM')).toBe(0);
    const dev = await startDev(data);
    expect(dev.stdout).toContain(`The data folder ${data} already has organizations, so no demo keys were created.`);
    expect(await dev.end('SIGTERM')).toBe(0);
  });

  test('finishes a request in progress after one signal, but not after two', async () => {
    for (const isSignaledTwice of [false, true]) {
      const dev = await startDev(join(folder, `drain-${isSignaledTwice}`));
      const socket = await beginRequest(dev);
      dev.child.kill('SIGTERM');
      await dev.complaint('Stopping after the requests in progress finish.');
      if (isSignaledTwice) {
        expect(await dev.end('SIGTERM')).toBe(143);
      } else {
        const [exited, answer] = [once(dev.child, 'exit'), once(socket, 'data')];
        socket.write('123456789');
        expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        expect(await exited).toEqual([0, null]);
      }
      socket.destroy();
    }
  });

  test('describes a wrong configuration on one line, and ends with 2', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(
      file,
      'apis:\n  - id: a\n    profile: palcard\n    hosts: [a.test]\n    upstream: http://127.0.0.1:1\n',
    );
    const line = `${file}:3: apis[0].profile: "palcard" is not known: did you mean palcards?`;
    expect(await runCli(['serve', '--config', file], { cwd: folder })).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${line}\n`,
    });
    const { stderr } = await runCli(['serve', '--config', file, '--json'], { cwd: folder });
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'config_invalid', message: line, fix: 'did you mean palcards?' },
    });
  });
});
