// The crontab line of the docs, run as cron runs it: by sh, in the home folder, with hardly any environment.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { spawnCli } from './cli-process.ts';

const root = join(import.meta.dirname, '..', '..');
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test('the crontab line of back-up-and-restore.md makes a backup and prints nothing', async () => {
  const page = readFileSync(join(root, 'docs/how-to/back-up-and-restore.md'), 'utf8');
  const [, command = ''] = /^(?:[\d*]+ ){5} ?(.+)$/m.exec(page) ?? [];
  expect(command).toContain('miftah backup');
  // cron takes one that is not escaped for the end of the line.
  expect(command).not.toMatch(/(?<!\\)%/);

  const folder = mkdtempSync(join(tmpdir(), 'miftah-cron-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const [bin, home, elsewhere] = ['bin', 'home', 'elsewhere'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [bin, home, elsewhere]) mkdirSync(each);
  symlinkSync(process.execPath, join(bin, 'node'));
  writeFileSync(join(bin, 'miftah'), `#!/bin/sh\nexec node ${join(root, 'src/cli/main.ts')} "$@"\n`);
  chmodSync(join(bin, 'miftah'), 0o755);
  const config = join(folder, 'miftah.yaml');
  writeFileSync(
    config,
    'public: { listen: "127.0.0.1:0" }\ninternal: { listen: "127.0.0.1:0" }\napis: [{ id: a, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:9" }]\n',
  );
  const data = join(folder, 'data');
  const server = spawnCli(['serve', '--config', config, '--data', data, '--json'], { cwd: folder });
  const ended = once(server, 'exit');
  closers.push(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  const [said] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
  const { internal } = JSON.parse(said) as { internal: string };

  const here = command
    .replace('/usr/local/bin', bin)
    .replace('/var/lib/miftah', data)
    .replace('/mnt/elsewhere', elsewhere)
    // The server of the test is not on the port of the default.
    .replace('miftah backup', `miftah backup --url ${internal}`);
  const environment = [`HOME=${home}`, 'LOGNAME=miftah', 'SHELL=/bin/sh', 'PATH=/usr/bin:/bin'];
  const run = () => promisify(execFile)('env', ['-i', ...environment, '/bin/sh', '-c', here], { cwd: home });
  // Twice, as on two nights.
  for (let night = 0; night < 2; night++) expect(await run()).toEqual({ stdout: '', stderr: '' });
  expect(statSync(join(elsewhere, 'miftah.backup')).size).toBeGreaterThan(4096);
});
