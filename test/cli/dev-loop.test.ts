// `npm run dev`: what it serves, that an edit restarts the server, and that one signal ends everything.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { compileCacheDir } from '../compile-cache.ts';
import { freePort } from '../free-port.ts';

const root = join(import.meta.dirname, '../..');

/** Two programs start on a machine that may be busy. */
const patience = { timeout: 60_000 };

/** Sent without `fetch`, which sets `Host` itself. */
async function signIn(port: number, host: string) {
  const origin = `http://${host}:${port}`;
  const headers = { Host: `${host}:${port}`, Origin: origin, 'Content-Type': 'application/json' };
  const sent = request({ port, method: 'POST', path: '/api/auth/sign-in/email', headers });
  sent.end(JSON.stringify({ email: 'amal@example.com', password: 'not the right one' }));
  const [response] = await once(sent, 'response');
  return { status: response.statusCode as number, body: await text(response) };
}

test('npm run dev serves console and API, restarts after an edit, and ends with one signal', async () => {
  const data = await mkdtemp(join(tmpdir(), 'miftah-dev-'));
  const consolePort = await freePort();
  const publicPort = await freePort();
  const flags = ['--console-port', String(consolePort), '--public', `127.0.0.1:${publicPort}`];
  const child = spawn(
    process.execPath,
    ['scripts/dev.mjs', ...flags, '--internal', '127.0.0.1:0', '--upstream-port', '0', '--data', data],
    { cwd: root, stdio: 'pipe', env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCacheDir } },
  );
  const ended = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  try {
    const origin = `http://localhost:${consolePort}`;
    await expect.poll(() => output, patience).toContain(`Create the first account: ${origin}/setup#token=`);
    expect(output).toContain(`http://api.palcards.localhost:${publicPort}/user/profile`);
    const page = await fetch(origin, { headers: { Accept: 'text/html' } });
    expect(await page.text()).toContain('/@vite/client');
    expect((await fetch(`${origin}/api/config`)).status).toBe(200);
    // Passes the check of the origin, on the console of all APIs and on a vendor's.
    for (const host of ['localhost', 'cp.palcards.localhost'])
      expect(await signIn(consolePort, host)).toMatchObject({ status: 401 });

    // Only a worker imports this file; an edit of it must restart the server too.
    await utimes(join(root, 'src/storage/sqlite/writer-worker.ts'), new Date(), new Date());
    await expect.poll(() => output, patience).toContain('The server is ready again');
    expect((await fetch(`${origin}/api/config`)).status).toBe(200);
  } finally {
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  }
  for (const port of [consolePort, publicPort])
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
}, 150_000);
