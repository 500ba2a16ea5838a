// `miftah/testing`: Miftah in the tests of an application: real decisions, with storage, keys and time of the test's own.
import './domain/node-version.ts';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Miftah } from './compose.ts';
import type { Config } from './config/config.ts';
import { type GivenConfig, readForeignEnvironment, readGivenConfig } from './config/given-config.ts';
import { createManualClock, type ManualClock } from './domain/clock.ts';
import { assertKnownNames } from './domain/closest-name.ts';
import { presentCredential } from './domain/credential.ts';
import { oneDayMs } from './domain/durations.ts';
import type { FillSecret } from './domain/secret.ts';
import { createLog } from './log.ts';
import { createLocalCoherence } from './management/coherence.ts';
import type { NewKey } from './management/keys/commands.ts';
import { createKeyCommands } from './management/keys.ts';
import { libraryOperator } from './management/rights.ts';
import { strictKeyCommands } from './management/strict-commands.ts';
import type { Gate } from './profiles/gate.ts';

export type { ManualClock } from './domain/clock.ts';

/** Settings of `openTestMiftah`. */
export interface TestOptions {
  /** Where the clock starts. Default: the last midnight, UTC, so that the windows of limits begin with the test. */
  readonly startsAt?: Date;
  /** Default: no lines at all. */
  readonly log?: Logger;
}

/** What `key` can set: the fields of a new key. */
export interface TestKeyOptions extends Omit<NewKey, 'apiId' | 'orgId' | 'name'> {
  /** The id of the API. Default: the only one. */
  readonly api?: string;
  /** The name of the organization that owns the key. It is created when it is first named. Default `test`. */
  readonly org?: string;
}

/** A key of a test, with what a client sends. */
export interface TestKey {
  readonly id: string;
  readonly orgId: string;
  /** The same for this name, API and environment in every run. */
  readonly secret: string;
  /** The headers in which a client sends the secret. Empty where keys ride in the query. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parameter of the query in which a client sends it, `api_key=…`. Empty: it rides in a header. */
  readonly query: string;
}

/** An engine for tests. */
export interface TestMiftah extends Miftah, AsyncDisposable {
  /** The time of every decision. It stands still until the test moves it. */
  readonly clock: ManualClock;
  /**
   * The key with this name, which the first call creates. Rejects with a `TypeError` if a later call has other options,
   * and as `createKey` does.
   */
  key(name: string, options?: TestKeyOptions): Promise<TestKey>;
  /** Closes the engine and removes its files. Idempotent. */
  close(): Promise<void>;
}

const optionNames = ['startsAt', 'log'] as const;

/**
 * Opens the engine on a configuration as `openMiftah` does, but keeps everything in a private folder that `close`
 * removes. The real gates decide: `apiKeyAuth(miftah.api('acme'))` works as in production. Nothing is shared, so tests
 * can open as many as they like at once. It opens no connection, whatever database and Redis the configuration names.
 * Variables of the environment that begin with `MIFTAH_` count for nothing. A file may name others.
 */
export async function openTestMiftah(
  what: { readonly config: GivenConfig },
  options: TestOptions = {},
): Promise<TestMiftah> {
  const { config: source } = assertKnownNames(what, ['config'], 'openTestMiftah');
  const { startsAt, log } = assertKnownNames(options, optionNames, 'openTestMiftah options');
  const startMs = startsAt === undefined ? Date.now() - (Date.now() % oneDayMs) : readInstant(startsAt);
  const clock = createManualClock(startMs);
  const given = readGivenConfig(source, 'openTestMiftah', readForeignEnvironment());
  const folder = makePrivateFolder();
  const config: Config = {
    ...given,
    dataDir: folder,
    database: { kind: 'sqlite', file: join(folder, 'miftah.db') },
    coordination: { kind: 'none' },
  };
  let miftah: Miftah;
  try {
    // Imported here, so that an old Node.js gets its message before it looks for node:sqlite.
    const { openMiftah } = await import('./compose.ts');
    miftah = await openMiftah({ config }, { clock, log: log ?? createLog('silent') });
  } catch (error) {
    removePrivateFolder(folder);
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= miftah.close().finally(() => removePrivateFolder(folder));
    return closing;
  };
  return { ...miftah, clock, key: createTestKeys(miftah), close, [Symbol.asyncDispose]: close };
}

function readInstant(startsAt: Date): number {
  const startMs = startsAt instanceof Date ? startsAt.getTime() : Number.NaN;
  if (Number.isNaN(startMs)) throw new TypeError('openTestMiftah options: startsAt must be a valid Date');
  return startMs;
}

/** The folders of this process. Those that no test has closed are removed at its end. */
const folders = new Set<string>();

function makePrivateFolder(): string {
  if (folders.size === 0) process.on('exit', removeAllFolders);
  const folder = mkdtempSync(join(tmpdir(), 'miftah-test-'));
  folders.add(folder);
  return folder;
}

function removePrivateFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off('exit', removeAllFolders);
}

function removeAllFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function createTestKeys({ gates, organizations, storage, cache, clock }: Miftah): TestMiftah['key'] {
  const apis = new Map(Array.from(gates.values(), ({ api }) => [api.id, api]));
  const kinds = [
    ...new Set(Array.from(apis.values(), ({ policy }) => policy.orgKind).filter((kind) => kind !== undefined)),
  ];
  const orgIds = new Map<string, Promise<string>>();
  const known = new Map<string, { readonly options: TestKeyOptions; readonly key: Promise<TestKey> }>();

  function findOrg(name: string): Promise<string> {
    let found = orgIds.get(name);
    if (found === undefined) {
      // One organization can own keys of all APIs.
      const organization = { name, ...(kinds.length > 0 && { kinds }) };
      found = organizations.createOrganization(libraryOperator, organization).then(({ id }) => id);
      orgIds.set(name, found);
    }
    return found;
  }

  async function create(
    name: string,
    gate: Gate,
    { api: _, org = 'test', ...fields }: TestKeyOptions,
  ): Promise<TestKey> {
    const { api } = gate;
    const { environment = 'live' } = fields;
    const keys = strictKeyCommands(
      createKeyCommands({
        store: storage.management,
        apis,
        coherence: createLocalCoherence(cache),
        clock,
        // The creation of a key revokes nothing.
        revocations: { append: () => Promise.resolve() },
        fillSecret: fillFrom(`${api.id} ${environment} ${name}`),
      }),
    );
    const isOpenToNone = api.policy.requiresAddresses || api.policy.addresses.whenEmpty === 'block';
    const addresses = isOpenToNone && fields.addresses === undefined ? { addresses: ['127.0.0.1'] } : {};
    const input = { ...addresses, ...fields, apiId: api.id, orgId: await findOrg(org), name };
    const { key, secret } = await keys.createKey(libraryOperator, input);
    const { headers, query } = presentCredential(api.source, secret);
    const [header, value = ''] = headers;
    return { id: key.id, orgId: key.orgId, secret, headers: header === undefined ? {} : { [header]: value }, query };
  }

  return async (name, options = {}) => {
    const gate = findGate(gates, options.api);
    const place = `${gate.api.id} ${options.environment ?? 'live'} ${name}`;
    const found = known.get(place);
    if (found !== undefined) {
      if (isDeepStrictEqual(found.options, options)) return found.key;
      throw new TypeError(`the key ${name} is there with other options: give this one another name`);
    }
    const key = create(name, gate, options);
    known.set(place, { options: { ...options }, key });
    // A creation that failed made no key.
    key.catch(() => known.delete(place));
    return key;
  };
}

function findGate(gates: ReadonlyMap<string, Gate>, id: string | undefined): Gate {
  const [only, ...others] = gates.values();
  const gate = id === undefined && others.length === 0 ? only : gates.get(id ?? '');
  if (gate !== undefined) return gate;
  const ids = [...gates.keys()].join(', ');
  if (id === undefined) throw new TypeError(`key: set api to one of ${ids}`);
  throw new TypeError(`no API ${id} is configured: use one of ${ids}`);
}

/** Characters that depend on the seed alone. Anyone can compute them, so they are for tests. */
function fillFrom(seed: string): FillSecret {
  return (length, characters) => {
    let text = '';
    for (let block = 0; text.length < length; block++) {
      for (const byte of hash('sha256', `${block} ${seed}`, 'buffer')) text += characters[byte % characters.length];
    }
    return text.slice(0, length);
  };
}
