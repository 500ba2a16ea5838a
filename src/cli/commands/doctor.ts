// `miftah doctor`: checks everything an installation needs, and suggests a fix for each problem.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../config/config.ts';
import { exitCodes, failureOf } from '../cli-error.ts';
import { attempt, type Finding, fail, ok, warn } from '../doctor/finding.ts';
import { dataFolderOf, readOrigin, readToken } from '../internal-client.ts';
import { addExample } from '../options.ts';
import { paint, printResult } from '../output.ts';

interface DoctorOptions {
  readonly config?: string;
  readonly data?: string;
  readonly url?: string;
  readonly backup?: string;
  readonly json?: boolean;
}

export function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('check this installation, running or not, and suggest a fix for each problem')
    .option('--config <file>', 'configuration, a YAML file')
    .option('--data <dir>', 'data folder (default: that of the configuration, MIFTAH_DATA or ./miftah-data)')
    .option('--url <url>', 'URL of the server’s internal listener (default: MIFTAH_URL or that of the configuration)')
    .option('--backup <file>', 'also check that this backup is unchanged and intact, and that it can be restored here')
    .option('--json', 'print one JSON document')
    .action(async (options: DoctorOptions) => {
      const findings = await examine(options);
      const isSound = findings.every(({ status }) => status !== 'fail');
      printResult(
        options,
        { ok: isSound, checks: findings },
        () => '',
        () => show(findings),
      );
      if (!isSound) process.exitCode = exitCodes.failure;
    });
  addExample(doctor, 'miftah doctor --config miftah.yaml --data /var/lib/miftah');
}

/** Runs each check by itself: a check that fails is a finding of its own, and the others go on. */
async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  // Imported here, so that other commands start without them.
  const files = await import('../doctor/files.ts');
  const network = await import('../doctor/network.ts');
  const findings: Finding[] = [files.checkNode(process.versions.node)];
  const add = async (check: string, work: Parameters<typeof attempt>[1]): Promise<void> => {
    findings.push(...(await attempt(check, work)));
  };

  const { config, finding } = await readConfig(options);
  findings.push(finding);
  const dataDir = config?.dataDir ?? resolve(dataFolderOf(options));
  const database = config?.database;
  const file = database?.kind === 'sqlite' ? database.file : join(dataDir, 'miftah.db');
  await add('data folder', () => files.checkDataFolder(dataDir));
  await add('private files', () => files.checkPrivateFiles(dataDir, file));
  await add('database', async () => {
    if (database === undefined || database.kind === 'sqlite') return files.checkDatabase(file, Date.now());
    if (database.kind !== 'postgres') return database satisfies never;
    const { checkPostgres } = await import('../doctor/postgres.ts');
    const isShared = config?.coordination.kind === 'redis';
    return checkPostgres(database.url, { isShared, readNowMs: Date.now });
  });
  const hasDatabase = !findings.some(({ check, status }) => check === 'database' && status === 'fail');
  const addRetention = async () => {
    const { checkRetention } = await import('../doctor/retention.ts');
    const readKept = async () => {
      if (database?.kind === 'postgres') {
        return (await import('../../storage/postgres/inspect.ts')).readPostgresKept(database.url);
      }
      return existsSync(file) ? (await import('../../storage/sqlite/kept-file.ts')).readKept(file) : undefined;
    };
    return checkRetention(await readKept(), config?.retention, Date.now());
  };
  if (hasDatabase) await add('retention', addRetention);
  const destinations = config?.audit.export.map(({ name }) => name) ?? [];
  if (hasDatabase && destinations.length > 0) {
    await add('audit export', async () => {
      const { checkAuditExport } = await import('../doctor/audit-export.ts');
      const readStates = async () => {
        if (database?.kind === 'postgres') {
          return (await import('../../storage/postgres/inspect.ts')).readPostgresExports(database.url, destinations);
        }
        if (!existsSync(file)) return undefined;
        return (await import('../../storage/sqlite/kept-file.ts')).readExports(file, destinations);
      };
      return checkAuditExport(await readStates(), Date.now());
    });
  }
  const coordination = config?.coordination;
  if (coordination?.kind === 'redis') {
    await add('redis', async () => {
      const { checkRedis } = await import('../doctor/redis.ts');
      return checkRedis(coordination.servers);
    });
  }
  const countries = config?.countries;
  if (countries !== undefined) {
    await add('countries', async () => {
      const { checkCountries } = await import('../doctor/countries.ts');
      return checkCountries(countries.database, Date.now());
    });
  }
  await add('disk', () => files.checkDisk(dataDir, file));
  const { backup } = options;
  if (backup !== undefined) await add('backup', () => files.checkBackup(resolve(backup)));

  const origin = readOrigin({ url: options.url ?? (process.env.MIFTAH_URL || network.originOf(config)) });
  const { kind, publicPort, findings: ofServer } = await network.checkServer(origin, findToken(dataDir));
  findings.push(...ofServer);
  if (config === undefined) return findings;
  const isRunning = kind === 'running';
  // A server hides its public port from a caller without a token. It is then assumed to have the configured one.
  const hasPublicPort = isRunning && (publicPort ?? config.public.listen.port) === config.public.listen.port;
  const hasInternalPort = isRunning && Number(new URL(origin).port || 80) === config.internal.listen.port;
  await add('public port', () => network.checkPort('public', config.public.listen, hasPublicPort));
  await add('internal port', () => network.checkPort('internal', config.internal.listen, hasInternalPort));
  await add('host names', () => network.checkHosts(config));
  await add('upstream', () => network.checkUpstreams(config));
  await add('test data', () => network.checkTestData(config));
  await add('proxies', () => network.checkExposure(config));
  await add('mail', () => network.checkMail(config));
  return findings;
}

async function readConfig({ config: file, data }: DoctorOptions): Promise<{ config?: Config; finding: Finding }> {
  if (file === undefined) {
    const finding = warn('configuration', 'not checked: no configuration was given', 'Add --config FILE.');
    return { finding };
  }
  try {
    const { loadConfig } = await import('../../config/load.ts');
    return { config: loadConfig({ file, flags: { data } }), finding: ok('configuration', file) };
  } catch (error) {
    return { finding: fail('configuration', failureOf(error).message, 'Correct these settings and run doctor again.') };
  }
}

function findToken(data: string): string | Error | undefined {
  try {
    return readToken({ data });
  } catch (error) {
    return error as Error;
  }
}

const marks = {
  ok: () => paint('green', '✓'),
  warn: () => paint('yellow', '!'),
  fail: () => paint('red', '✗'),
} as const;

function show(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(width + 4);
  const lines = findings.flatMap(({ check, status, message, fix }) => [
    `${marks[status]()} ${check.padEnd(width)}  ${message.replaceAll('\n', `\n${indent}`)}`,
    ...(fix === '' ? [] : [`${indent}${paint('dim', fix.replaceAll('\n', `\n${indent}`))}`]),
  ]);
  const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
  const warnings = `${count('warn')} ${count('warn') === 1 ? 'warning' : 'warnings'}`;
  return `${lines.join('\n')}\n\n${count('ok')} ok, ${warnings}, ${count('fail')} failed`;
}
