// kill -9 of the server, of rsyslog and of an HTTP receiver while the audit log is sent: both destinations end up with
// every record, signed and in one chain.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMiftahClient, unwrap } from '../../src/client/index.ts';
import { startHttpReceiver } from '../audit/siem-world.ts';
import { runCli, spawnCli } from '../cli/cli-process.ts';
import { startRsyslog } from '../rsyslog-server.ts';

/** `npm test` kills 3 times; `MIFTAH_KILLS=200 npx vitest run test/faults/audit-export.test.ts` is a long run. */
const rounds = Number(process.env.MIFTAH_KILLS ?? 3);

const apis = 'apis: [{ id: classic }]';

async function startServer(folder: string) {
  const flags = ['--public', '127.0.0.1:0', '--internal', '127.0.0.1:0', '--data', 'data', '--json'];
  const child = spawnCli(['serve', '--config', 'miftah.yaml', ...flags], { cwd: folder });
  const closed = once(child, 'close');
  child.stdout.setEncoding('utf8');
  let output = '';
  for await (const text of child.stdout) {
    output += text;
    if (output.includes('\n')) break;
  }
  child.stderr.resume();
  const { internal } = JSON.parse(output) as { internal: string };
  const token = (await readFile(join(folder, 'data', 'operator-token'), 'utf8')).trim();
  const url = internal.startsWith('http') ? internal : `http://${internal}`;
  return {
    url,
    client: createMiftahClient({ url, token }),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

test(`both destinations have every record after ${rounds} kills`, { timeout: 60_000 + rounds * 20_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-siem-'));
  const [rsyslog, receiver] = await Promise.all([startRsyslog(), startHttpReceiver(folder)]);
  const { ca, cert, key } = rsyslog.files;
  await writeFile(
    join(folder, 'miftah.yaml'),
    `${apis}
audit:
  export:
    - name: siem
      syslog: { host: localhost, port: ${rsyslog.port}, tls: { ca: ${ca}, cert: ${cert}, key: ${key} } }
    - name: lake
      http: { url: "http://127.0.0.1:${receiver.port}/audit" }
`,
  );
  let server = await startServer(folder);
  let isKilling = true;
  let isDown = false;
  let written = 0;
  /** Changes go on while processes are killed. Each answered one has its record. */
  const changing = (async () => {
    while (isKilling) {
      const { client } = server;
      const done = await unwrap(client.POST('/v1/orgs', { body: { name: `Org ${written}` } })).catch(() => undefined);
      if (done !== undefined) written++;
      else if (isDown) await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  try {
    const victims = [
      async () => {
        isDown = true;
        await server.kill();
        server = await startServer(folder);
        isDown = false;
      },
      async () => {
        await rsyslog.end('SIGKILL');
        await rsyslog.start();
      },
      async () => {
        await receiver.kill();
        await receiver.start();
      },
    ];
    for (let round = 0; round < rounds; round++) {
      const before = written;
      // At any moment of a delivery, of which the next begins within a second.
      const pauseMs = Math.random() * 1200;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await victims[round % victims.length]?.();
      expect(written).toBeGreaterThanOrEqual(before);
    }
    isKilling = false;
    await changing;
    expect(written).toBeGreaterThan(rounds);
    let waiting = Number.POSITIVE_INFINITY;
    while (waiting > 0) {
      const { data } = await unwrap(server.client.GET('/v1/audit/destinations'));
      waiting = Math.max(...data.map((each) => each.waiting));
    }

    const jwks = join(folder, 'jwks.json');
    await writeFile(jwks, await (await fetch(`${server.url}/.well-known/jwks.json`)).text());
    const head = (await runCli(['audit', 'verify', '-q', '--data', 'data'], { cwd: folder })).stdout.trim();
    const [records = ''] = head.split(':');
    expect(Number(records)).toBeGreaterThanOrEqual(written);
    for (const [name, read] of Object.entries({ siem: rsyslog.read, lake: receiver.read })) {
      const file = join(folder, `${name}.jsonl`);
      await writeFile(file, await read());
      const args = ['audit', 'verify', '--received', file, '--jwks', jwks, '--head', head, '--json'];
      const { stdout, stderr } = await runCli(args, { cwd: folder });
      const report = JSON.parse(stdout || stderr);
      expect([name, report]).toMatchObject([name, { ok: true, records: Number(records), firstSeq: 1, head }]);
      if (rounds > 3) process.stdout.write(`${name}: ${stdout}`);
    }
  } finally {
    isKilling = false;
    await changing;
    await Promise.allSettled([server.kill(), rsyslog.stop(), receiver.kill()]);
    await rm(folder, { recursive: true });
  }
});
