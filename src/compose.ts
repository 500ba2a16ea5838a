// Builds the engine from its parts. This is the only file that names concrete drivers.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Exporters } from './audit/open-exporters.ts';
import { segmentType } from './audit/signed-segment.ts';
import type { ApiConfig, Config } from './config/config.ts';
import { openDataFolder, readSecret, tightenDatabase, tightenDataFolder } from './config/data-folder.ts';
import { type GivenConfig, readGivenConfig } from './config/given-config.ts';
import { digestConfig } from './config/reload.ts';
import { readTls } from './config/upstream-tls.ts';
import { createNodeCoherence, type NodeCoherence } from './coordination/coherence.ts';
import { createInProcessLimiter } from './coordination/in-process.ts';
import { createSlidingLimiter } from './coordination/in-process-sliding.ts';
import type { Reporter } from './coordination/lease.ts';
import type { RedisLimiter } from './coordination/redis.ts';
import { ReloadMember, type ReloadRequest } from './coordination/reload-member.ts';
import { createReloads } from './coordination/reloads.ts';
import { createDenialRecorder, type DenialRecorder } from './denials/denial-recorder.ts';
import { type Environment, environments } from './domain/api-key.ts';
import { createTrustedProxies } from './domain/client-address.ts';
import { type Clock, createSteadyClock, systemClock } from './domain/clock.ts';
import { type Closers, openAll } from './domain/closers.ts';
import { assertKnownNames } from './domain/closest-name.ts';
import { oneDayMs } from './domain/durations.ts';
import { OperationalError } from './domain/operational-error.ts';
import { hasReached, type PositionMark } from './domain/position.ts';
import type { ProtectedApi } from './domain/protected-api.ts';
import { createRedactor, type Redactor } from './domain/redaction.ts';
import { tokenApiId, tokenPolicy } from './domain/token.ts';
import { systemTimer } from './engine/flush-loop.ts';
import { KeyCache } from './engine/key-cache.ts';
import { LookUpBudget } from './engine/look-up-budget.ts';
import { recheckOfRemovedApi } from './engine/recheck.ts';
import type { SigningKeys } from './gateway/assertion.ts';
import { createLog, describeFault } from './log.ts';
import { createLocalCoherence } from './management/coherence.ts';
import { finishErasures } from './management/erasure.ts';
import { createImportKeys, type ImportKeys } from './management/import/import-keys.ts';
import type { NodeDescription, Reloads } from './management/installation-ports.ts';
import type { KeyCommands } from './management/keys/commands.ts';
import { createKeyCommands } from './management/keys.ts';
import { createOrganizationCommands, type OrganizationCommands } from './management/organizations.ts';
import type { ManagementParts } from './management/parts.ts';
import type { Held } from './management/ports.ts';
import {
  strictImportKeys,
  strictKeyCommands,
  strictOrganizationCommands,
  strictTokenCommands,
} from './management/strict-commands.ts';
import { createTokenCommands, type TokenCommands } from './management/tokens.ts';
import { openUsageRecorder, type UsageRecorder } from './metering/usage-recorder.ts';
import { createGate, type Gate, type GateParts } from './profiles/gate.ts';
import { type Pruner, startPruner } from './retention/pruner.ts';
import { usageDaysOf } from './retention/usage-days.ts';
import { openRevocationLog, readRevocations } from './storage/revocation-log.ts';
import { describeCatchUp } from './storage/revocations.ts';
import { lockDatabase } from './storage/sqlite/lock.ts';
import { openSqlite } from './storage/sqlite/storage.ts';
import type { Storage } from './storage/storage.ts';
import { AccessLog } from './telemetry/access-log.ts';
import { openTracing } from './telemetry/tracing.ts';
import { Traffic } from './telemetry/traffic.ts';

/** The engine with its storage, open in this process. */
export interface Miftah {
  /** The gate of one API, for `apiKeyAuth` and the listeners. Throws a `TypeError` that lists the configured ids. */
  api(id: string): Gate;
  readonly gates: ReadonlyMap<string, Gate>;
  readonly organizations: OrganizationCommands;
  readonly keys: KeyCommands;
  readonly importKeys: ImportKeys;
  /** The tokens of the internal listener. */
  readonly tokens: TokenCommands;
  /** For commands that need more than the engine has. */
  readonly managementParts: ManagementParts;
  readonly cache: KeyCache;
  readonly usage: UsageRecorder;
  readonly denials: DenialRecorder;
  readonly storage: Storage;
  /** The removal of old records. */
  readonly pruner: Pick<Pruner, 'counts'>;
  /** What sends the audit log elsewhere, one for each destination. */
  readonly exporters: Exporters['exporters'];
  /** The time for decisions and records. On several nodes, it is the database's time. */
  readonly clock: Clock;
  /** Finds and masks the secrets of all APIs in text. */
  readonly redactor: Redactor;
  /** The state of the limiter in Redis. `undefined`: this process counts limits itself. */
  readonly sharedLimits: Pick<RedisLimiter, 'counts' | 'outages' | 'isOut'> | undefined;
  /** Resolves when every reachable node applies all committed changes. */
  settle(): Promise<Held>;
  /** Whether this node's cache has all changes up to `minimum`. */
  hasReached(minimum: PositionMark): boolean;
  /** Rejects when load balancers should send requests to another node. */
  checkReady(): Promise<void>;
  /** Reads the configuration of all nodes again. */
  readonly reloads: Reloads;
  /** This node's id among those that share the database. A node has another one after each start. */
  nodeId(): string;
  /** The digest of the configuration in use. */
  readonly configuration: string;
  /** Lists the nodes that share the database, with this one. */
  describeNodes(): Promise<readonly NodeDescription[]>;
  /**
   * Prepares this engine for the APIs and trusted proxies of another configuration. Nothing changes until `use` is
   * called. Then the engine applies them and decides open exchanges again. Throws for APIs that can't be used.
   */
  reconfigure(config: Config): { readonly miftah: Miftah; readonly use: () => void };
  /** The lease of this node. `undefined`: no other node may share its database. */
  readonly lease: Pick<NodeCoherence['lease'], 'remainingMs' | 'failures'> | undefined;
  readonly traffic: Traffic;
  readonly accessLog: Pick<AccessLog, 'counts' | 'reopen'>;
  /** Resolves when another node has taken over the database. Then this engine must be closed. */
  readonly lost: Promise<void>;
  /** Saves pending records, then closes the storage. Idempotent. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** The time source. Default: the database's clock if several nodes share it, else the system's. */
  readonly clock?: Clock;
  /** Default: lines of the configured level and above on standard error, as JSON unless it is a terminal. */
  readonly log?: Logger;
}

/** Most clients without a valid key that get a count of their own in one window. Further clients share one count. */
const maxCountedClients = 100_000;

/** Opens the engine. See `openMiftah` in src/open.ts. */
export async function openMiftah(what: { readonly config: GivenConfig }, options: EngineOptions = {}): Promise<Miftah> {
  const { config: source } = assertKnownNames(what, ['config'], 'openMiftah');
  assertKnownNames(options, ['clock', 'log'], 'openMiftah options');
  const config = readGivenConfig(source, 'openMiftah');
  return openAll((closers) => openEngine(config, options, closers));
}

async function openEngine(
  config: Config,
  { clock: ownClock, log = createLog(config.log.level) }: EngineOptions,
  closers: Closers,
): Promise<Miftah> {
  const { dataDir } = config;
  await openDataFolder(dataDir);
  const journalFolder = join(dataDir, 'usage-journal');
  // Lock before opening or creating other files there. The database has its own lock, because it may be elsewhere.
  closers.add(lockDatabase(journalFolder, `the data folder ${dataDir}`), (unlock) => unlock());
  await tightenDataFolder(dataDir);
  const revocationLog = join(dataDir, 'revocations.log');
  const lost = Promise.withResolvers<void>();
  const storage = await openStorage(config, revocationLog, log, (error) => {
    log.fatal({ fault: describeFault(error) }, 'another node has taken over the database');
    lost.resolve();
  });
  closers.add(storage, (each) => each.close());
  if (config.database.kind === 'sqlite') await tightenDatabase(config.database.file);
  const revocations = closers.add(await openRevocationLog(revocationLog), (each) => each.close());

  const onFault = (error: unknown): void => {
    // `onChange` logs once when Redis is lost. Do not log it again for each request.
    if ((error as { code?: unknown } | undefined)?.code === 'limiter_out') return;
    log.error({ fault: describeFault(error) }, 'could not decide or record');
  };
  const onAccessLogFault = (error: unknown) => log.error({ fault: describeFault(error) }, 'access log');
  const { nodes } = storage;
  // Nodes must agree on which keys have expired, even if their machines' clocks differ.
  const clock = ownClock ?? nodes?.clock ?? systemClock;
  // Expiry and windows share one clock. Setting back the machine's clock must not reopen a window.
  const steadyClock = createSteadyClock(clock);
  let setting: Setting | undefined;
  const cache: KeyCache = new KeyCache({
    store: storage.keyStore,
    policyOf: (apiId) => (apiId === tokenApiId ? tokenPolicy : setting?.apis.get(apiId)?.policy),
    capacity: config.cache.keys,
    budget: new LookUpBudget({
      clock: steadyClock,
      onSpent: (client, refusals) =>
        log.warn({ client, refusals }, 'too many lookups of unknown keys from this client; skipping the database'),
    }),
    ...(nodes !== undefined && { canServe: () => shared?.lease.canServeCached() === true }),
  });
  const { serveCachedSeconds } = config;
  const member: ReloadMember = new ReloadMember(() => shared?.lease.lookNow());
  const reporter: Reporter = {
    describe: () => ({
      configuration: setting?.configuration ?? digestConfig(config),
      reload: member.answer && JSON.stringify(member.answer),
    }),
    observe: (reload) => member.observe(reload === undefined ? undefined : (JSON.parse(reload) as ReloadRequest)),
  };
  const shared: NodeCoherence | undefined =
    nodes && openNodeCoherence(nodes, { cache, serveCachedSeconds, reporter, log });
  const nodeId = () => shared?.lease.nodeId ?? hostname();
  const reloads = createReloads({
    member,
    nodeId,
    nodeName: hostname(),
    nodes: nodes && { store: nodes.reloads, notifications: nodes.notifications },
  });
  closers.add(shared, (each) => each?.close());
  await shared?.lease.join();
  const usage = await openUsageRecorder({
    store: storage.usage,
    clock,
    folder: journalFolder,
    apis: config.apis.map(({ id }) => id),
    onFault,
  });
  closers.add(usage, (each) => each.close());
  const denials = createDenialRecorder({ store: storage.denials, clock, onFault });
  closers.add(denials, (each) => each.close());
  const usageDays = usageDaysOf(config.retention.usageDays, await storage.retention.describe());
  if (config.retention.usageDays === 'unset' && usageDays === undefined) {
    log.info('counts of requests are kept forever, because an older version made this database: set retention.usage');
  }
  const pruner = startPruner({
    store: storage.retention,
    days: { ...config.retention, usageDays, auditDestinations: config.audit.export.map(({ name }) => name) },
    clock,
    timer: systemTimer,
    finishDeletions: () => finishErasures({ store: storage.management, revocations }),
    onRemoved: (removed) => log.info({ removed }, 'removed old records'),
    onFault: (error) => log.error({ fault: describeFault(error) }, 'could not remove old records'),
  });
  closers.add(pruner, (each) => each.close());
  const exporters = closers.add(await openExporters(config, storage, { clock, log }), (each) => each?.close());
  const sharedLimits = await openSharedLimits(config.coordination, log);
  closers.add(sharedLimits, (each) => each?.close());
  const limiters = sharedLimits ?? { fixed: createInProcessLimiter(), sliding: createSlidingLimiter() };
  // Each node counts clients without a key itself, so that a flood of addresses can't fill the shared store.
  const clientLimiter = createInProcessLimiter({ maxBuckets: maxCountedClients });

  const tracing = config.tracing ? await openTracing() : undefined;
  const traffic = new Traffic();
  const accessLog = closers.add(new AccessLog({ clock: steadyClock, onFault: onAccessLogFault }), (each) =>
    each.close(),
  );
  const coherence = shared ?? createLocalCoherence(cache);
  /** The newest gate of each API that this process has had. The next one of the same API takes its open exchanges. */
  const openedGates = new Map<string, Gate>();
  closers.add(openedGates, (gates) => {
    for (const { openExchanges } of gates.values()) openExchanges.close();
  });

  /** Builds the parts that depend on the configured APIs. */
  function arrange(arranged: Config): Setting {
    const {
      apis: configured,
      public: { trustedProxies, forwardedHeader },
    } = arranged;
    const apis = new Map<string, ProtectedApi>();
    for (const { id, profile, importedKeys } of configured) {
      const { source, secret, policy } = profile;
      apis.set(id, { id, source, secret, imported: importedKeys, policy });
    }
    const redactor = createRedactor(apis.values());
    const gateParts: GateParts = {
      cache,
      limiters,
      clientLimiter,
      clock: steadyClock,
      usage,
      denials,
      trustedProxies: createTrustedProxies(trustedProxies, forwardedHeader),
      onFault,
      redactor,
      traffic,
      accessLog,
      tracing,
    };
    const gates = new Map<string, Gate>();
    for (const { id, profile, hosts, cors, publicPaths } of configured) {
      const own = { api: apis.get(id) as ProtectedApi, dialect: profile.dialect, cors, publicPaths };
      gates.set(id, createGate({ ...own, boundHosts: listBoundHosts(hosts, profile) }, gateParts, openedGates.get(id)));
    }
    const managementParts = { store: storage.management, apis, coherence, clock, revocations };
    return {
      configuration: digestConfig(arranged),
      apis,
      gates,
      redactor,
      organizations: strictOrganizationCommands(createOrganizationCommands(managementParts)),
      keys: strictKeyCommands(createKeyCommands(managementParts)),
      importKeys: strictImportKeys(createImportKeys({ ...managementParts, store: storage.imports })),
      tokens: strictTokenCommands(createTokenCommands(managementParts)),
      managementParts,
    };
  }

  /** Uses a setting. From now on it decides about every exchange that is open. */
  function open(arranged: Setting): void {
    setting = arranged;
    for (const { openExchanges } of openedGates.values()) openExchanges.follow(recheckOfRemovedApi);
    for (const [id, gate] of arranged.gates) {
      gate.openExchanges.follow(gate.recheck);
      openedGates.set(id, gate);
    }
  }

  const settle = async () => {
    const nothing = { digests: [], orgIds: [] };
    const position = await storage.management.transaction(({ recordChange }) => recordChange(nothing));
    return { position, unreached: await shared?.hold(nothing, position) };
  };
  const checkReady = async () => {
    if (shared?.lease.standing === 'serving_cached') return;
    try {
      await storage.readyCheck();
    } catch (error) {
      // A node that serves from its cache during a database outage must still get requests from load balancers.
      if (serveCachedSeconds === 0 || shared?.lease.canServeCached() !== true) throw error;
    }
  };
  const describe = ({ apis: _, ...own }: Setting): Miftah => ({
    ...own,
    api(id) {
      const gate = own.gates.get(id);
      if (gate === undefined)
        throw new TypeError(
          `no API ${own.redactor.redactText(id)} is configured: use one of ${[...own.gates.keys()].join(', ')}`,
        );
      return gate;
    },
    cache,
    usage,
    denials,
    storage,
    pruner,
    exporters: exporters?.exporters ?? [],
    clock,
    sharedLimits,
    lease: shared?.lease,
    traffic,
    accessLog,
    settle,
    hasReached: (minimum) =>
      shared === undefined || (shared.lease.canServeCached() && hasReached(shared.lease.position, minimum)),
    checkReady,
    reloads,
    nodeId,
    async describeNodes() {
      if (shared !== undefined && nodes !== undefined) return nodes.describe(shared.lease.nodeId);
      const [id, { configuration }] = [nodeId(), own];
      return [{ id, name: id, isThis: true, revision: null, seenMsAgo: 0, state: 'leased', configuration }];
    },
    reconfigure(next) {
      const arranged = arrange(next);
      const useAccessLog = accessLog.prepare(next.accessLog);
      return {
        miftah: describe(arranged),
        use() {
          usage.addApis([...arranged.apis.keys()]);
          useAccessLog();
          const former = setting;
          open(arranged);
          // Cached keys were compiled with the former policies, and their secrets were read in the former formats.
          // Those of the other APIs stay valid. To forget them would make all their look-ups come at once.
          const changed = listChangedRules(former?.apis ?? new Map(), arranged.apis);
          if (changed.size > 0) cache.forgetApis(changed);
        },
      };
    },
    lost: lost.promise,
    close: closers.close,
  });
  accessLog.prepare(config.accessLog)();
  const first = arrange(config);
  open(first);
  return describe(first);
}

/** The parts of an engine that depend on the configured APIs. */
interface Setting
  extends Pick<
    Miftah,
    'configuration' | 'gates' | 'redactor' | 'organizations' | 'keys' | 'importKeys' | 'tokens' | 'managementParts'
  > {
  readonly apis: ReadonlyMap<string, ProtectedApi>;
}

/** The APIs that are new, that are gone, or whose keys are read or checked by other rules. */
function listChangedRules(before: Setting['apis'], after: Setting['apis']): ReadonlySet<string> {
  const rulesOf = ({ policy, secret, imported }: ProtectedApi) => ({ policy, secret, imported });
  const ids = new Set([...before.keys(), ...after.keys()]);
  const isSame = (a: ProtectedApi | undefined, b: ProtectedApi | undefined) =>
    a !== undefined && b !== undefined && isDeepStrictEqual(rulesOf(a), rulesOf(b));
  return new Set([...ids].filter((id) => !isSame(before.get(id), after.get(id))));
}

/** The hosts bound to an environment. Empty if the API has one environment, because then every key belongs to it. */
function listBoundHosts(hosts: ApiConfig['hosts'], { secret }: ApiConfig['profile']): ReadonlyMap<string, Environment> {
  const bound = new Map<string, Environment>();
  if (environments.some((environment) => secret.prefixes[environment] === undefined)) return bound;
  for (const [host, environment] of hosts) if (environment !== undefined) bound.set(host, environment);
  return bound;
}

function openNodeCoherence(
  nodes: NonNullable<Storage['nodes']>,
  {
    cache,
    serveCachedSeconds,
    reporter,
    log,
  }: { cache: KeyCache; serveCachedSeconds: number; reporter: Reporter; log: Logger },
): NodeCoherence {
  return createNodeCoherence({
    ...nodes,
    cache,
    reporter,
    nodeName: hostname(),
    serveCachedMs: serveCachedSeconds * 1000,
    onFault: (error) => log.error({ fault: describeFault(error) }, 'could not renew the lease on the cache'),
    onBounded: ({ nodes, forAtMostMs }) =>
      log.warn({ unreached: nodes, forAtMostMs }, 'some nodes did not acknowledge a change'),
  });
}

function describeClock(aheadMs: number): string {
  return Math.abs(aheadMs) < 1000
    ? 'the clocks of this machine and the database agree again'
    : 'the clocks of this machine and the database differ: Miftah uses the time of the database; synchronize both with a time server';
}

/** Opens the configured database. `onTaken` is called when this process must not use it any more. */
async function openStorage(
  { database, coordination, retention: { denialDays } }: Config,
  revocationLog: string,
  log: Logger,
  onTaken: (error: Error) => void,
): Promise<Storage> {
  const maxDenialAgeMs = denialDays === undefined ? Number.MAX_SAFE_INTEGER : denialDays * oneDayMs;
  if (database.kind === 'sqlite') return openSqlite({ file: database.file, revocationLog, maxDenialAgeMs });
  if (database.kind !== 'postgres') return database satisfies never;
  // Loaded only when needed, because most installations have no PostgreSQL.
  const { openPostgres } = await import('./storage/postgres/storage.ts');
  // Revoking a key is final. If the log has a revocation that the database lacks, the database was restored from a
  // backup. Ended secrets are not replayed: a failed rotation logs one, and the key must keep its secret.
  const entries = (await readRevocations(revocationLog)).filter((entry) => 'key' in entry);
  const replay = { entries, endsSessions: false, describe: describeCatchUp };
  // Several nodes must count their limits in one place. Without Redis, only one node may use the database.
  return openPostgres({
    url: database.url,
    maxDenialAgeMs,
    onTaken,
    isShared: coordination.kind !== 'none',
    replay,
    onClockDiffers: (aheadMs) => log.warn({ aheadMs: Math.round(aheadMs) }, describeClock(aheadMs)),
  });
}

/** The name of this process among those that use its database. One that is alone goes on where a killed one ended. */
export function holderOf({ nodes }: Pick<Storage, 'nodes'>): string {
  return nodes === undefined ? 'alone' : randomUUID();
}

/** Starts to send the audit log. `undefined`: it has no destination. */
async function openExporters(
  config: Config,
  storage: Storage,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<Exporters | undefined> {
  const { export: destinations } = config.audit;
  const { audit, exports: store } = storage;
  if (destinations.length === 0) return undefined;
  // Loaded only when needed, because most installations keep the log to themselves.
  const { startExporters } = await import('./audit/open-exporters.ts');
  const { createSigner } = await import('./gateway/detached-signature.ts');
  const sign = await useSigningKeys(config, (keys) => createSigner(keys, segmentType));
  return startExporters({
    destinations,
    holder: holderOf(storage),
    ...{ store, audit, sign, clock, timer: systemTimer, hostname: hostname() },
    readTls: ({ name, kind, tls }) => readTls(tls, (setting) => `audit.export[${name}].${kind}.tls.${setting}`),
    onFault: (destination, error) =>
      log.error({ destination, fault: describeFault(error) }, 'could not send the audit log'),
    onRecovered: (destination) => log.info({ destination }, 'sends the audit log again'),
  });
}

/**
 * What `use` makes of the installation's signing keys, which are made if they are missing. Rejects with an
 * `OperationalError` that names the place of keys that `use` does not take.
 */
export async function useSigningKeys<Result>(
  { dataDir, secrets: { signingKey: given } }: Pick<Config, 'dataDir' | 'secrets'>,
  use: (keys: SigningKeys) => Promise<Result>,
): Promise<Result> {
  const name = 'signing-key.json';
  const text = await readSecret(dataDir, {
    name,
    given,
    create: async () => JSON.stringify(await (await import('./gateway/assertion.ts')).generateSigningKey()),
    form: 'a signing key: the text of signing-key.json of a data folder',
    isValid: isJson,
  });
  try {
    return await use(JSON.parse(text));
  } catch (cause) {
    const fix =
      given === undefined ? 'remove it so that the server creates a new one' : 'give it the text of signing-key.json';
    const place = given === undefined ? join(dataDir, name) : 'place' in given ? given.place : given.file;
    throw new OperationalError('signing_key_invalid', `${place} is not a signing key: ${fix}`, { cause });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function openSharedLimits(coordination: Config['coordination'], log: Logger): Promise<RedisLimiter | undefined> {
  if (coordination.kind === 'none') return undefined;
  const { openRedisLimiter } = await import('./coordination/redis.ts');
  const { servers, nodes, onOutage } = coordination;
  return openRedisLimiter({
    servers,
    nodes,
    onOutage,
    onChange(cause) {
      if (cause === undefined) log.warn('Redis counts limits again');
      else {
        const { code } = cause as NodeJS.ErrnoException;
        log.error({ cause: cause.message || code, policy: onOutage }, 'Redis cannot count limits');
      }
    },
  });
}
