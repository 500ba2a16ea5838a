// The demo of a first run: one organization, one key for each API and environment, and calls to paste.
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MiftahClient } from '../client/index.ts';
import type { ApiConfig, Config } from '../config/config.ts';
import { type Environment, environments } from '../domain/api-key.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { curlLine } from './curl-line.ts';
import { answerOf } from './internal-client.ts';

/** A key of the demo, with its secret. */
export interface DemoKey {
  readonly api: string;
  readonly environment: Environment;
  readonly id: string;
  readonly secret: string;
}

/** The content of `demo-keys.json` in the data folder. */
export interface Demo {
  readonly comment: string;
  readonly org: string;
  readonly keys: readonly DemoKey[];
}

const fileName = 'demo-keys.json';

/**
 * The demo keys of the data folder. Creates them while there is no organization. `undefined` if there are organizations
 * but no demo. Rejects with a `CliError` if the file can't be read.
 */
export async function openDemo(config: Config, client: MiftahClient): Promise<Demo | undefined> {
  const file = join(config.dataDir, fileName);
  const orgs = await answerOf(client.GET('/v1/orgs', { params: { query: { limit: 1 } } }));
  // Without an organization, an existing file belongs to a database that is gone.
  if (orgs.data.length > 0) return readDemo(file);

  const kind = config.apis.find(({ profile }) => profile.policy.orgKind !== undefined)?.profile.policy.orgKind;
  const org = await answerOf(client.POST('/v1/orgs', { body: { name: 'Demo Dealer', kind: kind ?? 'dealer' } }));
  const keys: DemoKey[] = [];
  for (const api of config.apis) {
    for (const environment of environments) {
      if (api.profile.secret.prefixes[environment] === undefined) continue;
      const body = {
        api: api.id,
        org: org.id,
        environment,
        name: `Demo ${environment}`,
        ...(api.profile.policy.addresses.whenEmpty === 'block' && { addresses: ['127.0.0.1'] }),
      };
      const key = await answerOf(client.POST('/v1/keys', { body }));
      keys.push({ api: api.id, environment, id: key.id, secret: key.secret });
    }
  }
  const demo = { comment: 'For trying Miftah only: revoke these keys before real use.', org: org.id, keys };
  await writeDemo(file, demo);
  return demo;
}

function readDemo(file: string): Demo | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Demo;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(
      exitCodes.failure,
      'demo_keys_unreadable',
      `${file} cannot be read`,
      'Give this user access to it, or remove it.',
      { cause: error },
    );
  }
}

async function writeDemo(file: string, demo: Demo): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
}

/** A call to paste, with its API and environment. */
export interface DemoCall {
  readonly api: ApiConfig;
  readonly environment: Environment;
  readonly line: string;
  /** The same call without a key. */
  readonly refusedLine: string;
}

/** A call for each demo key whose API the public listener still serves, under a host for its environment. */
export function demoCalls(config: Config, demo: Demo, publicPort: number): DemoCall[] {
  return demo.keys.flatMap(({ api: id, environment, secret }) => {
    const api = config.apis.find((candidate) => candidate.id === id);
    const host = [...(api?.hosts ?? [])].find(([, bound]) => bound === undefined || bound === environment)?.[0];
    if (api?.upstream === undefined || host === undefined) return [];
    const url = `http://${host}:${publicPort}${api.profile.console.sample.path}`;
    const { source } = api.profile;
    return [{ api, environment, line: curlLine(source, url, secret), refusedLine: curlLine(source, url, undefined) }];
  });
}
