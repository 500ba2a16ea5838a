// The units of deploy/systemd are ones that systemd reads without a complaint, and that expose little.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

const units = join(import.meta.dirname, '../../deploy/systemd');
const services = ['miftah.service', 'miftah-backup.service'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-units-'));
  return () => rmSync(folder, { recursive: true });
});

function analyze(args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8', cwd: folder });
  if (error !== undefined) throw error;
  return { code: status, output: `${stdout}${stderr}` };
}

/** The exposure of a unit: 0 is none, 10 all. */
function exposureOf(file: string): number {
  const { output } = analyze(['security', '--offline=true', '--no-pager', file]);
  const [, level] = /Overall exposure level for \S+: ([\d.]+)/.exec(output) ?? [];
  if (level === undefined) throw new Error(output);
  return Number(level);
}

test.each(services)('%s has an exposure below 2', (name) => {
  expect(exposureOf(join(units, name))).toBeLessThan(2);
});

test('a unit without a setting for it is exposed', () => {
  const bare = join(folder, 'bare.service');
  writeFileSync(bare, '[Service]\nExecStart=true\n');
  expect(exposureOf(bare)).toBeGreaterThan(9);
});

/** Copies the units to a folder, as a user who has installed Miftah. */
function layOut(change: (text: string) => string = (text) => text): void {
  cpSync(units, folder, { recursive: true });
  for (const name of services) {
    const text = readFileSync(join(units, name), 'utf8');
    // A command that every system has.
    writeFileSync(join(folder, name), change(text).replace('ExecStart=miftah serve', 'ExecStart=cat'));
  }
}

test('systemd has no complaint', () => {
  layOut();
  expect(analyze(['verify', '--man=no', ...services, 'miftah-backup.timer'])).toEqual({ code: 0, output: '' });
});

test('systemd complains of a setting that it does not know', () => {
  layOut((text) => text.replace('ProtectHome=', 'ProtectHomes='));
  expect(analyze(['verify', '--man=no', 'miftah.service']).output).toContain('ProtectHomes');
});

test('the time to stop fits what a server does on SIGTERM', () => {
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(readFileSync(join(units, 'miftah.service'), 'utf8')) ?? [];
  const config = { coordination: 'redis://127.0.0.1', nodes: 2, apis: [{ id: 'acme' }] };
  const { drainSeconds, finishSeconds } = loadConfig({ config, environment: {} });
  // As docs/how-to/run-several-nodes.md says.
  expect(Number(seconds)).toBeGreaterThanOrEqual(drainSeconds + finishSeconds + 15);
});
