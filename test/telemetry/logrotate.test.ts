// The real logrotate, with the configuration of docs/how-to/monitor.md, turns the access log of a server under load.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { spawnCli } from '../cli/cli-process.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const execute = promisify(execFile);
const page = readFileSync(new URL('../../docs/how-to/monitor.md', import.meta.url), 'utf8');

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** `miftah serve` with an access log in `logs`, and a function that waits for a line of its log. */
async function start(folder: string) {
  const config = join(folder, 'miftah.yaml');
  writeFileSync(
    config,
    `public: { listen: 127.0.0.1:0 }
internal: { listen: 127.0.0.1:0 }
accessLog: { output: ${join(folder, 'logs', 'access.log')} }
apis: [{ id: acme, hosts: [acme.localhost], upstream: "http://127.0.0.1:1" }]
`,
  );
  const child = spawnCli(['serve', '--config', config, '--json'], { cwd: folder });
  const closed = once(child, 'close');
  closing.push(() => {
    child.kill('SIGKILL');
    return closed;
  });
  let logged = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  const [addresses] = await once(child.stdout.setEncoding('utf8'), 'data');
  return {
    pid: child.pid as number,
    url: (JSON.parse(addresses as string) as { public: string }).public,
    /** Resolves when the server has logged `count` reloads. */
    async reloads(count: number) {
      while (logged.split('configuration reloaded').length <= count) await once(child.stderr, 'data');
    },
    async stop() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

test('each request is in one of the files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-rotate-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const logs = join(folder, 'logs');
  mkdirSync(logs, { mode: 0o700 });
  const server = await start(folder);
  const [, written = ''] = /```text\n(\/var\/log\/miftah[\s\S]*?)```/.exec(page) ?? [];
  const configuration = join(folder, 'logrotate.conf');
  const rotating = written
    .replace('/var/log/miftah/access.log', join(logs, 'access.log'))
    .replace(/^ +systemctl kill .*$/m, `    kill -HUP ${server.pid}`);
  expect(rotating).not.toBe(written);
  writeFileSync(configuration, rotating, { mode: 0o600 });

  let sent = 0;
  for (let turn = 1; turn <= 3; turn++) {
    const requests = Array.from({ length: 50 }, () =>
      sendRaw({
        port: Number(new URL(server.url).port),
        text: requestText(`GET /${sent++} HTTP/1.1`, [['Host', 'acme.localhost']]),
      }),
    );
    const state = ['--state', join(folder, 'state'), '--force', configuration];
    await execute('logrotate', state, { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
    await server.reloads(turn);
    await Promise.all(requests);
  }
  await server.stop();
  const files = readdirSync(logs).sort();
  expect(files).toEqual(['access.log', 'access.log.1', 'access.log.2.gz', 'access.log.3.gz']);
  const lines = files.flatMap((file) => {
    const bytes = readFileSync(join(logs, file));
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    return text.split('\n').filter((line) => line !== '');
  });
  expect(lines.length).toBe(sent);
  expect(new Set(lines.map((line) => JSON.parse(line).path)).size).toBe(sent);
});
