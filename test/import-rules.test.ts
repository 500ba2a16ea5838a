// Each rule of .dependency-cruiser.mjs is broken on purpose, in a small tree of its own: it fails, and says what to do.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
// @ts-expect-error: configuration without types
import configuration from '../.dependency-cruiser.mjs';
// @ts-expect-error: scripts run on Node.js without types
import { toolPath } from '../scripts/tool-path.mjs';

const root = join(import.meta.dirname, '..');
const rules: readonly { readonly name: string; readonly comment?: string }[] = configuration.forbidden;

/** A file that breaks the rule, and what it imports. */
const breaches: Readonly<Record<string, readonly [file: string, imported: string]>> = {
  'client-imports': ['src/client/breach.ts', '../domain/target.ts'],
  'domain-imports': ['src/domain/breach.ts', '../engine/target.ts'],
  'engine-imports': ['src/engine/breach.ts', '../profiles/target.ts'],
  'alerts-imports': ['src/alerts/breach.ts', '../management/target.ts'],
  'management-imports': ['src/management/breach.ts', '../people/target.ts'],
  'metering-imports': ['src/metering/breach.ts', '../denials/target.ts'],
  'audit-imports': ['src/audit/breach.ts', '../management/target.ts'],
  'denials-imports': ['src/denials/breach.ts', '../metering/target.ts'],
  'people-imports': ['src/people/breach.ts', '../management/target.ts'],
  'retention-imports': ['src/retention/breach.ts', '../metering/target.ts'],
  'telemetry-imports': ['src/telemetry/breach.ts', '../metering/target.ts'],
  'webhooks-imports': ['src/webhooks/breach.ts', '../management/target.ts'],
  'profiles-imports': ['src/profiles/breach.ts', '../http/target.ts'],
  'config-imports': ['src/config/breach.ts', '../engine/target.ts'],
  'gateway-imports': ['src/gateway/breach.ts', '../http/target.ts'],
  'http-imports': ['src/http/breach.ts', '../middleware/target.ts'],
  'middleware-imports': ['src/middleware/breach.ts', '../gateway/target.ts'],
  'cli-imports': ['src/cli/breach.ts', '../index.ts'],
  'hononode-serverzod-openapi-gate': ['src/domain/gate-1.ts', '@hono/zod-openapi'],
  'better-authpasskey-gate': ['src/domain/gate-2.ts', '@better-auth/passkey'],
  'prometheus-ioclient-gate': ['src/domain/gate-3.ts', '@prometheus-io/client'],
  'better-auth-gate': ['src/domain/gate-4.ts', 'better-auth'],
  'commander-gate': ['src/domain/gate-5.ts', 'commander'],
  'csv-stringify-gate': ['src/domain/gate-6.ts', 'csv-stringify'],
  'hono-gate': ['src/domain/gate-7.ts', 'hono'],
  'ioredis-gate': ['src/domain/gate-8.ts', 'ioredis'],
  'ipaddrjs-gate': ['src/domain/gate-9.ts', 'ipaddr.js'],
  'jose-gate': ['src/domain/gate-10.ts', 'jose'],
  'kysely-gate': ['src/domain/gate-11.ts', 'kysely'],
  'mmdb-lib-gate': ['src/domain/gate-22.ts', 'mmdb-lib'],
  'nodemailer-gate': ['src/domain/gate-12.ts', 'nodemailer'],
  'openapi-fetch-gate': ['src/domain/gate-13.ts', 'openapi-fetch'],
  'pg-gate': ['src/domain/gate-14.ts', 'pg'],
  'undici-gate': ['src/domain/gate-15.ts', 'undici'],
  'yaml-gate': ['src/domain/gate-16.ts', 'yaml'],
  'nestjscommoncore-gate': ['src/domain/gate-17.ts', '@nestjs/common'],
  'express-gate': ['src/domain/gate-18.ts', 'express'],
  'fastify-gate': ['src/domain/gate-19.ts', 'fastify'],
  'koa-gate': ['src/domain/gate-20.ts', 'koa'],
  'opentelemetryapi-gate': ['src/domain/gate-21.ts', '@opentelemetry/api'],
  'drivers-import-ports': ['src/coordination/breach.ts', '../engine/target.ts'],
  'drivers-know-no-carrier': ['src/storage/breach.ts', '../http/ports.ts'],
  'databases-apart': ['src/storage/queries/breach.ts', '../sqlite/target.ts'],
  'wire-is-below-its-users': ['src/http/console/breach.ts', '../admin/target.ts'],
  'compose-is-below-cli': ['src/compose.ts', './cli/target.ts'],
  'serve-names-no-driver': ['src/serve.ts', './storage/target.ts'],
  'known-folders': ['src/engine/new-folder.ts', '../helpers/target.ts'],
  'console-speaks-http': ['console/src/api/server.ts', '../../../src/domain/target.ts'],
  'server-knows-no-console': ['src/http/console/page.ts', '../../../console/src/api/target.ts'],
  'console-api-i18n-imports': ['console/src/api/breach.ts', '../ui/target.ts'],
  'console-ui-imports': ['console/src/ui/breach.ts', '../entities/target.ts'],
  'console-entities-imports': ['console/src/entities/breach.ts', '../frame/target.ts'],
  'console-frame-imports': ['console/src/frame/breach.ts', '../features/one/target.ts'],
  'console-features-imports': ['console/src/features/one/breach.ts', '../../app/target.ts'],
  'console-features-by-routes': ['console/src/app/breach.ts', '../features/one/inside.ts'],
  'console-features-apart': ['console/src/features/one/other.ts', '../two/target.ts'],
  'no-cycles': ['src/domain/cycle-1.ts', './cycle-2.ts'],
  'no-orphans': ['src/domain/orphan.ts', ''],
  resolvable: ['src/domain/unresolved.ts', './gone.ts'],
  'declared-dependencies': ['src/domain/tool.ts', 'vitest'],
};

let folder: string;
let printed: string;

beforeAll(async () => {
  // Inside of the checkout, so that packages are found in the node_modules above it.
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache', 'import-rules-'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text, { flag: 'a' });
  };
  for (const [file, imported] of Object.values(breaches)) {
    put(file, imported === '' ? '' : `import '${imported}';\n`);
    if (imported.startsWith('.') && !imported.includes('gone')) put(join(dirname(file), imported), '');
  }
  put('src/domain/cycle-2.ts', "import './cycle-1.ts';\n");
  const given = ['--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'err-long', 'src', 'console/src'];
  const run = promisify(execFile)(process.execPath, [toolPath('dependency-cruiser', 'depcruise'), ...given], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  printed = await run.then(
    () => 'no violation',
    ({ stdout }: { stdout: string }) => stdout,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every rule is broken once', () => {
  const names = rules.map(({ name }) => name);
  expect(Object.keys(breaches).toSorted(), 'add a file that breaks a new rule').toEqual(names.toSorted());
});

/** What follows the line of a violation, which wraps it. */
const wordsOf = (text: string) => text.split(/\s+/).join(' ').trim();

test.each(rules.map(({ name, comment }) => [name, comment] as const))(
  '%s fails, and says what to do',
  (name, comment) => {
    const [file] = breaches[name] ?? [''];
    const violation = printed
      .split(/\n(?= *(?:error|x) )/)
      .find((each) => each.trim().startsWith(`error ${name}: ${file}`));
    expect(violation, printed).toBeDefined();
    expect(comment, 'a comment that says what to do').toMatch(/\w{3,}.*\./);
    expect(wordsOf(violation ?? '')).toContain(wordsOf(comment ?? ''));
  },
);
