// `miftah profile check`: the mistakes of profiles, and the reply to every reason.
import type { Command } from 'commander';
import { type Profile, problems } from '../../profiles/profile.ts';
import type { Reply } from '../../profiles/reply.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { addExample } from '../options.ts';
import { paint, printResult, table } from '../output.ts';
import { readConfig } from './serve.ts';

interface CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** A reply as the command prints it. */
interface CheckedError {
  readonly reason: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function addProfileCheck(profile: Command): void {
  const check = profile
    .command('check')
    .description('check profiles, and print the reply to every reason')
    .argument('[profile]', 'the file of a profile, or the id of a bundled one')
    .option('--config <file>', 'check the profiles that this configuration defines or uses')
    .option('--json', 'print one JSON document')
    .action(async (named: string | undefined, { config: file, json }: CheckOptions) => {
      if ((named === undefined) === (file === undefined)) {
        const fix = 'Name the file of a profile, or give --config FILE.';
        throw new CliError(exitCodes.usage, 'usage', 'profile check needs a profile or --config, and not both', fix);
      }
      const profiles =
        file === undefined ? await readProfile(named as string) : (await readConfig({ config: file })).profiles;
      const { compileReplies, renderProblem } = await import('../../profiles/reply.ts');
      const checked = profiles.map((each) => {
        const replies = compileReplies(each.dialect, each, { nowMs: () => sampleMs });
        const errors = problems.map((reason) => {
          const rate = reason === 'rate_limited' || reason === 'quota_exceeded' ? sampleRate(each) : undefined;
          return showReply(reason, renderProblem(replies, reason, { requestId, clientAddress, rate }));
        });
        return { id: each.id, errors };
      });
      printResult(
        { json: json === true },
        { profiles: checked },
        () => '',
        () => checked.map(showProfile).join('\n\n'),
      );
    });
  addExample(check, 'miftah profile check acme.profile.yaml', 'miftah profile check --config miftah.yaml --json');
}

async function readProfile(named: string): Promise<readonly Profile[]> {
  const { configOfProfile } = await import('../../config/load.ts');
  return configOfProfile(named, '.').profiles;
}

// The replies to a request from an address for documentation (RFC 5737), at one fixed time.
const requestId = 'c1b2a3d4-e5f6-7890-abcd-ef1234567890';
const clientAddress = '192.0.2.1';
const sampleMs = Date.UTC(2026, 0, 15, 10, 30, 15);

function sampleRate({ policy: { rateLimits } }: Profile) {
  const { limit, windowSeconds } = rateLimits[0] ?? { limit: 60, windowSeconds: 60 };
  return { limit, windowSeconds, remaining: 0, resetAtMs: sampleMs + 45_000, readAtMs: sampleMs };
}

function showReply(reason: string, { status, headers, body }: Reply): CheckedError {
  const named = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []));
  return { reason, status, headers: Object.fromEntries(named) as CheckedError['headers'], body };
}

/** Headers that are the same in every reply, or follow from its body. */
const commonHeaders = ['Content-Type', 'Content-Length', 'Cache-Control', 'X-Request-Id'];

function showProfile({ id, errors }: { readonly id: string; readonly errors: readonly CheckedError[] }): string {
  const rows = errors.map(({ reason, status, headers, body }) => [
    reason,
    String(status),
    body,
    Object.entries(headers)
      .filter(([name]) => !commonHeaders.includes(name))
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
  ]);
  const common = commonHeaders.map((name) => `${name}: ${errors[0]?.headers[name]}`).filter((_, at) => at !== 1);
  return [
    `${paint('bold', id)}: ${errors.length} replies, without a mistake. Each has ${common.join('; ')}; and its length.`,
    '',
    table(['REASON', 'STATUS', 'BODY', 'FURTHER HEADERS'], rows),
  ].join('\n');
}
