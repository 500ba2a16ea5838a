// Joins the parts: the only file that names concrete drivers.
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pino, { type Logger } from 'pino';
import type { ApiConfig, Config } from './config/config.ts';
import { openDataFolder, readOrCreateSecretFile } from './config/data-folder.ts';
import { loadConfig } from './config/load.ts';
import { createNodeCoherence, type NodeCoherence } from './coordination/coherence.ts';
import { createInProcessLimiter } from './coordination/in-process.ts';
import type { RedisLimiter } from './coordination/redis.ts';
import { createDenialRecorder, type DenialRecorder } from './denials/denial-recorder.ts';
import { environments } from './domain/api-key.ts';
import { createTrustedProxies } from './domain/client-address.ts';
import { type Clock, createSteadyClock, systemClock } from './domain/clock.ts';
import { OperationalError } from './domain/operational-error.ts';
import { hasReached, type PositionMark } from './domain/position.ts';
import type { ProtectedApi } from './domain/protected-api.ts';
import { randomBase62 } from './domain/secret.ts';
import { createAuthorize } from './engine/authorize.ts';
import { createClientCharge } from './engine/client-charge.ts';
import { createExplain } from './engine/explain.ts';
import { KeyCache, type KeySource } from './engine/key-cache.ts';
import { LookUpBudget } from './engine/look-up-budget.ts';
import { type Assertions, createAssertions, generateSigningKey } from './gateway/assertion.ts';
import { createProxy } from './gateway/proxy.ts';
import { isWebSocketUpgrade } from './gateway/tunnel.ts';
import { createConsoleListener } from './http/console/listener.ts';
import { createSessions } from './http/console/session.ts';
import { consoleFolder } from './http/console/static.ts';
import { createDataPlane } from './http/data-plane.ts';
import type { ApiDescription } from './http/internal/apis.ts';
import { createInternalListener } from './http/internal/listener.ts';
import type { NodeDescription } from './http/internal/ports.ts';
import { openListener } from './http/listener.ts';
import { createLocalCoherence } from './management/coherence.ts';
import { createImportKeys, type ImportKeys } from './management/import/import-keys.ts';
import { createKeyCommands, type KeyCommands } from './management/keys.ts';
import { createOrganizationCommands, type OrganizationCommands } from './management/organizations.ts';
import type { Held } from './management/ports.ts';
import { openUsageRecorder, type UsageRecorder } from './metering/usage-recorder.ts';
import type { Mailer, SmtpMailer } from './people/mail.ts';
import { createMailTest } from './people/mail-test.ts';
import { createMemberCommands } from './people/members.ts';
import { createPersonalAudit } from './people/personal-audit.ts';
import { createSetUp } from './people/set-up.ts';
import { SignInLimits } from './people/sign-in-limits.ts';
import type { Gate } from './profiles/gate.ts';
import { openRevocationLog, readRevocations } from './storage/revocation-log.ts';
import { describeCatchUp } from './storage/revocation-replay.ts';
import { openSqlite } from './storage/sqlite.ts';
import { lockDatabase } from './storage/sqlite-lock.ts';
import type { Storage } from './storage/storage.ts';

/** The engine with its storage, open in this process. */
export interface Miftah {
  /** What `apiKeyAuth` and the listeners need of one API. Throws a `TypeError` that lists the configured ids. */
  api(id: string): Gate;
  readonly gates: ReadonlyMap<string, Gate>;
  readonly organizations: OrganizationCommands;
  readonly keys: KeyCommands;
  readonly importKeys: ImportKeys;
  readonly cache: KeyCache;
  readonly usage: UsageRecorder;
  readonly denials: DenialRecorder;
  readonly storage: Storage;
  /** What decisions and records go by: on several nodes, the database's time. */
  readonly clock: Clock;
  /** Where limits are counted in Redis: how it went. */
  readonly sharedLimits: Pick<RedisLimiter, 'counts' | 'outages' | 'isOut'> | undefined;
  /** Resolves when everything that is committed holds on every node, as far as it can be reached. */
  settle(): Promise<Held>;
  /** Whether this node's memory is as new as that. */
  hasReached(minimum: PositionMark): boolean;
  /** Rejects when requests should go to another node. */
  checkReady(): Promise<void>;
  /** The nodes that share the database, this one among them. */
  describeNodes(): Promise<readonly NodeDescription[]>;
  /** Resolves when another node took the database over: this one must be closed. */
  readonly lost: Promise<void>;
  /** Writes what is still in memory, then closes the storage. Idempotent. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Time; tests bring their own. Default: the database's where several nodes share it, else the system's. */
  readonly clock?: Clock;
  /** Default: warnings and errors as JSON lines on standard error. */
  readonly log?: Logger;
}

/** How many clients without a valid key are counted apart in one window; beyond it they share one count. */
const maxCountedClients = 100_000;
const drainMs = 10_000;
/** How often sessions and one-time tokens that have expired are removed. */
const sweepMs = 3_600_000;

/**
 * Opens the engine on a configuration (a file's path or a loaded one). Rejects with an `OperationalError`, `ConfigError` or
 * `StorageError` that names the fix. One process at a time can have a data folder open.
 */
export async function openMiftah(
  { config: source }: { readonly config: string | Config },
  { clock: ownClock, log = createLog() }: OpenOptions = {},
): Promise<Miftah> {
  const config = typeof source === 'string' ? loadConfig({ file: source }) : source;
  await openDataFolder(config.dataDir);
  const revocationLog = join(config.dataDir, 'revocations.log');
  const revocations = await openRevocationLog(revocationLog);
  const lost = Promise.withResolvers<void>();
  const storage = await openStorage(config, revocationLog, log, (error) => {
    log.fatal({ fault: describeFault(error) }, 'another node took the database over');
    lost.resolve();
  });
  // Beside a database elsewhere nothing else keeps two processes off one folder.
  const journalFolder = join(config.dataDir, 'usage-journal');
  const unlockJournal = await tryOrClose(storage, () => lockDatabase(journalFolder));

  const apis = new Map<string, ProtectedApi>();
  for (const { id, profile, importedKeys } of config.apis) {
    const { source, secret, policy } = profile;
    apis.set(id, { id, source, secret, imported: importedKeys, policy });
  }
  const onFault = (error: unknown): void => {
    // Told once, when Redis was lost: not again for each request that it costs.
    if ((error as { code?: unknown } | undefined)?.code === 'limiter_out') return;
    log.error({ fault: describeFault(error) }, 'could not decide or record');
  };
  const { nodes } = storage;
  // Nodes whose machines disagree about the time must not disagree about what has expired.
  const clock = ownClock ?? nodes?.clock ?? systemClock;
  // One clock for expiry and windows: what a machine's clock is set back must not reopen a window.
  const steadyClock = createSteadyClock(clock);
  const cache: KeyCache = new KeyCache({
    store: storage.keyStore,
    policyOf: (apiId) => apis.get(apiId)?.policy,
    capacity: config.cache.keys,
    budget: new LookUpBudget({
      clock: steadyClock,
      onSpent: (client, refusals) =>
        log.warn({ client, refusals }, 'clients ask for too many secrets that are nobody’s: the store is not asked'),
    }),
    ...(nodes !== undefined && { canServe: () => shared?.lease.canServeCached() === true }),
  });
  const { serveCachedSeconds } = config;
  const shared: NodeCoherence | undefined = nodes && openNodeCoherence(nodes, cache, serveCachedSeconds, log);
  await shared?.lease.join();
  const usage = await openUsageRecorder({
    store: storage.usage,
    clock,
    folder: journalFolder,
    apis: [...apis.keys()],
    onFault,
  });
  const denials = createDenialRecorder({ store: storage.denials, clock, onFault });
  const sharedLimits = await openSharedLimits(config.coordination, log);
  const limiter = sharedLimits ?? createInProcessLimiter();
  // Clients without a key are counted by each node: a flood of addresses must not fill what all nodes share.
  const clientLimiter = createInProcessLimiter({ maxBuckets: maxCountedClients });

  const gates = new Map<string, Gate>();
  for (const { id, profile } of config.apis) {
    const api = apis.get(id) as ProtectedApi;
    const chargeClient = createClientCharge(api, { clientLimiter, clock: steadyClock });
    const parts = { keys: cache, limiter, chargeClient, clock: steadyClock, onFault };
    const deciderOf = (keys: KeySource) => {
      const fromThere = { ...parts, keys };
      return { authorize: createAuthorize(api, fromThere), explain: createExplain(api, fromThere) };
    };
    gates.set(id, {
      api,
      dialect: profile.dialect,
      ...deciderOf(cache),
      fresh: deciderOf(cache.fresh),
      chargeClient,
      usage,
      denials,
    });
  }

  const coherence = shared ?? createLocalCoherence(cache);
  const managementParts = { store: storage.management, apis, coherence, clock, revocations };
  let closing: Promise<void> | undefined;
  return {
    api(id) {
      const gate = gates.get(id);
      if (gate === undefined)
        throw new TypeError(`no API ${id} is configured: use one of ${[...gates.keys()].join(', ')}`);
      return gate;
    },
    gates,
    organizations: createOrganizationCommands(managementParts),
    keys: createKeyCommands(managementParts),
    importKeys: createImportKeys({ ...managementParts, store: storage.imports }),
    cache,
    usage,
    denials,
    storage,
    clock,
    sharedLimits,
    async settle() {
      const nothing = { digests: [], orgIds: [] };
      const position = await storage.management.transaction(({ recordChange }) => recordChange(nothing));
      return { position, unreached: await shared?.hold(nothing, position) };
    },
    hasReached: (minimum) =>
      shared === undefined || (shared.lease.canServeCached() && hasReached(shared.lease.position, minimum)),
    async checkReady() {
      if (shared?.lease.standing === 'serving_cached') return;
      try {
        await storage.readyCheck();
      } catch (error) {
        // Where nodes serve from their caches while the store is out, a balancer must go on sending them requests.
        if (serveCachedSeconds === 0 || shared?.lease.canServeCached() !== true) throw error;
      }
    },
    describeNodes: async () =>
      shared === undefined || nodes === undefined
        ? [{ id: hostname(), name: hostname(), isThis: true, revision: null, seenMsAgo: 0, state: 'leased' }]
        : nodes.describe(shared.lease.nodeId),
    lost: lost.promise,
    close() {
      closing ??= closeAll();
      return closing;
    },
  };

  async function closeAll(): Promise<void> {
    sharedLimits?.close();
    const flushed = await Promise.allSettled([usage.close(), denials.close()]);
    await shared?.close();
    unlockJournal();
    await storage.close();
    await revocations.close();
    for (const result of flushed) if (result.status === 'rejected') throw result.reason;
  }
}

/** Closes the storage again when `work` throws: what was opened would keep the process alive. */
async function tryOrClose<Result>(storage: Storage, work: () => Result): Promise<Result> {
  try {
    return work();
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function openNodeCoherence(
  nodes: NonNullable<Storage['nodes']>,
  cache: KeyCache,
  serveCachedSeconds: number,
  log: Logger,
): NodeCoherence {
  return createNodeCoherence({
    ...nodes,
    cache,
    nodeName: hostname(),
    serveCachedMs: serveCachedSeconds * 1000,
    onFault: (error) => log.error({ fault: describeFault(error) }, 'the lease on the cache could not be renewed'),
    onBounded: ({ nodes, forAtMostMs }) =>
      log.warn({ unreached: nodes, forAtMostMs }, 'a change was not acknowledged by every node'),
  });
}

function describeClock(aheadMs: number): string {
  return Math.abs(aheadMs) < 1000
    ? 'the clock of this machine agrees with the database’s again'
    : 'the clock of this machine is wrong, or the database’s is: the database’s time is used; have both follow a time server';
}

/** `onTaken` is told when the database must not be used any more. */
async function openStorage(
  { database, coordination }: Config,
  revocationLog: string,
  log: Logger,
  onTaken: (error: Error) => void,
): Promise<Storage> {
  if (database.kind === 'sqlite') return openSqlite({ file: database.file, revocationLog });
  // Loaded where it is used: most installations have no PostgreSQL.
  const { openPostgres } = await import('./storage/postgres.ts');
  // A key is revoked for good, so that one which lives although this node revoked it is of a database that was restored. Of the
  // ends of secrets that can't be told: a rotation that failed must leave the key its secret.
  const entries = (await readRevocations(revocationLog)).filter((entry) => 'key' in entry);
  const replay = { entries, endsSessions: false, describe: describeCatchUp };
  // Several nodes need their limits counted in one place: without it, one node is let in.
  return openPostgres({
    url: database.url,
    onTaken,
    isShared: coordination.kind !== 'none',
    replay,
    onClockDiffers: (aheadMs) => log.warn({ aheadMs: Math.round(aheadMs) }, describeClock(aheadMs)),
  });
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
      if (cause === undefined) log.warn('limits are counted in Redis again');
      else {
        const { code } = cause as NodeJS.ErrnoException;
        log.error({ cause: cause.message || code, policy: onOutage }, 'limits can not be counted in Redis');
      }
    },
  });
}

/** A server that listens. */
export interface RunningServer {
  /** `HOST:PORT`, the port being the real one where 0 was asked for. */
  readonly publicAddress: string;
  readonly internalAddress: string;
  /** The one-time token with which the first person is made (`POST /api/setup`); `undefined`: there is someone. */
  readonly setUpToken: string | undefined;
  /** Where mails are written when there is no server for them. */
  readonly mailFile: string | undefined;
  /** The file with the operator's token, mode 0600. */
  readonly operatorTokenFile: string;
  /**
   * The first half of a stop that no client notices: says on `/readyz` that it takes no more requests, and answers those that
   * come for `drainSeconds` more, until balancers have seen it. Then `close`, which may cut it short. Never rejects.
   */
  drain(): Promise<void>;
  /** Stops accepting, lets requests finish for up to 10 s, writes what is in memory, closes. Idempotent. */
  close(): Promise<void>;
  /** Resolves once closed. */
  readonly closed: Promise<void>;
}

/** Opens the engine and both listeners. Rejects as `openMiftah` does, and when an address can't be listened on. */
export async function serve(config: Config, options: OpenOptions = {}): Promise<RunningServer> {
  const log = options.log ?? createLog();
  const miftah = await openMiftah({ config }, { ...options, log });
  const { clock } = miftah;
  const stops: (() => Promise<void>)[] = [() => miftah.close()];
  let standing: 'starting' | 'ready' | 'draining' = 'starting';
  const stop = async (): Promise<void> => {
    for (const next of stops.toReversed()) await next();
  };

  try {
    const token = await readOrCreateSecretFile(config.dataDir, 'operator-token', () => `mft_${randomBase62(40)}`);
    const assertions = await openAssertions(config.dataDir, clock);
    const proxy = createProxy({
      connectTimeoutMs: 3_000,
      headersTimeoutMs: 30_000,
      bodyIdleTimeoutMs: 60_000,
      maxRequestBodyBytes: config.public.maxBodyBytes,
      connectionsPerOrigin: 256,
      requestsPerOrigin: 4_096,
    });
    stops.push(() => proxy.destroy());

    const people = await openConsole(config, miftah, {
      clock,
      onFault: (error) => log.error({ fault: describeFault(error) }, 'console request failed'),
    });
    stops.push(async () => people.close());
    const dataPlane = createDataPlane({
      console: people.console,
      routes: config.apis.map(({ id, hosts, upstream }) => ({ gate: miftah.api(id), hosts, upstream })),
      proxy,
      trustedProxies: createTrustedProxies(config.public.trustedProxies),
      assertions,
      management: {
        keys: miftah.keys,
        usage: miftah.usage,
        findMember: people.findMember,
        onFault: (error) => log.error({ fault: describeFault(error) }, 'management request failed'),
      },
      onUpstreamFailure: (apiId, cause) => log.warn({ api: apiId, cause }, 'upstream failed'),
    });
    let publicPort = config.public.listen.port;
    const internal = await openListener({
      name: 'internal',
      ...config.internal.listen,
      request: createInternalListener({
        gates: miftah.gates,
        describeApis: () => config.apis.map((api) => describeApi(api, publicPort)),
        organizations: miftah.organizations,
        keys: miftah.keys,
        importKeys: miftah.importKeys,
        usageStore: miftah.storage.usage,
        denialStore: miftah.storage.denials,
        auditStore: miftah.storage.audit,
        replyStore: miftah.storage.management,
        createBackup: () => miftah.storage.createBackup(),
        settle: miftah.settle,
        hasReached: miftah.hasReached,
        describeNodes: miftah.describeNodes,
        appendAudit: (entry) => miftah.storage.management.transaction(({ appendAudit }) => appendAudit(entry)),
        usage: miftah.usage,
        denials: miftah.denials,
        cache: miftah.cache,
        sharedLimits: miftah.sharedLimits,
        clockAheadMs: miftah.storage.nodes?.clock.aheadMs,
        tokenDigest: createHash('sha256').update(token).digest(),
        hosts: [config.internal.listen.host],
        jwks: assertions.jwks,
        clock,
        async checkReady() {
          if (standing !== 'ready')
            throw new OperationalError('draining', 'the server is stopping, or has yet to start');
          await miftah.checkReady();
        },
        onFault: (error) => log.error({ fault: describeFault(error) }, 'internal request failed'),
      }),
    });
    stops.push(() => internal.close(drainMs));

    const publicListener = await openListener({
      name: 'public',
      ...config.public.listen,
      request: dataPlane.request,
      checkContinue: dataPlane.checkContinue,
      upgrade: dataPlane.upgrade,
      isUpgrade: isWebSocketUpgrade,
    });
    publicPort = publicListener.port;
    stops.push(async () => {
      const drained = Promise.all([publicListener.close(drainMs), internal.close(drainMs)]);
      await Promise.race([proxy.close(), drained]);
      await drained;
    });
    standing = 'ready';

    const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      standing = 'draining';
      closing ??= stop().finally(markClosed);
      return closing;
    };
    miftah.lost.then(close).catch((error: unknown) => log.error({ fault: describeFault(error) }, 'could not close'));
    return {
      publicAddress: formatAddress(publicListener.host, publicListener.port),
      internalAddress: formatAddress(internal.host, internal.port),
      setUpToken: people.setUpToken,
      mailFile: people.mailFile,
      operatorTokenFile: `${config.dataDir}/operator-token`,
      closed,
      close,
      async drain() {
        standing = 'draining';
        for (const listener of [publicListener, internal]) listener.dismiss();
        const done = new AbortController();
        const waited = wait(config.drainSeconds * 1000, undefined, { signal: done.signal }).catch(() => undefined);
        await Promise.race([waited, closed]);
        done.abort();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Sign-in, members and the set-up of the first person, on every host that is a console's. */
async function openConsole(
  config: Config,
  miftah: Miftah,
  { clock, onFault }: { readonly clock: Clock; readonly onFault: (error: unknown) => void },
) {
  const { dataDir } = config;
  const { people } = miftah.storage;
  const sweep = () => people.removeExpired(clock.nowMs());
  await sweep();
  const sweeping = setInterval(() => sweep().catch(onFault), sweepMs).unref();
  const tokenFile = join(dataDir, 'setup-token');
  const removeToken = () => rm(tokenFile, { force: true });
  const setUpToken = (await people.hasPeople())
    ? await removeToken()
    : await readOrCreateSecretFile(dataDir, 'setup-token', () => randomBase62(43));

  const { mailer, file: mailFile, tested } = await openMailer(config, clock);
  const publicUrl = config.public.url;
  const hosts = new Set(['localhost', ...config.apis.flatMap((api) => api.consoleHosts)]);
  if (publicUrl !== undefined) hosts.add(new URL(publicUrl).hostname);
  const limits = new SignInLimits(createSteadyClock(clock));
  const recordPersonal = createPersonalAudit(people, clock);
  // Loaded when a server starts: whoever uses the engine as a library has no use for better-auth.
  const { createAccounts } = await import('./people/accounts.ts');
  const secret = await readOrCreateSecretFile(dataDir, 'session-secret', () => randomBase62(43));
  const accounts = createAccounts({
    store: people,
    secret,
    hosts: [...hosts],
    publicUrl,
    mailer,
    limits,
    recordPersonal,
    onFault,
  });
  const { hashPassword } = accounts;
  const sessions = createSessions({ accounts, people });
  const request = createConsoleListener({
    hosts,
    folder: consoleFolder,
    trustedProxies: createTrustedProxies(config.public.trustedProxies),
    publicUrl,
    accounts,
    sessions,
    people,
    members: createMemberCommands({ store: people, mailer, hashPassword, clock, onFault }),
    setUp: createSetUp({ store: people, token: setUpToken ?? undefined, removeToken, hashPassword, clock }),
    limits,
    recordPersonal,
    keys: miftah.keys,
    store: miftah.storage.console,
    replyStore: miftah.storage.management,
    sealingSecret: Buffer.from(secret),
    settle: miftah.settle,
    usage: miftah.usage,
    denials: miftah.denials,
    usageStore: miftah.storage.usage,
    denialStore: miftah.storage.denials,
    gates: miftah.gates,
    organizations: miftah.organizations,
    auditStore: miftah.storage.audit,
    describeNodes: miftah.describeNodes,
    trustedProxyEntries: config.public.trustedProxies,
    mail: describeMail(config),
    testMail: tested && createMailTest({ mailer: tested, store: people, limits, clock }),
    apis: config.apis,
    sendsMail: config.mail.smtp !== undefined,
    clock,
    onFault,
  });
  const close = () => clearInterval(sweeping);
  const { findMember } = sessions;
  return { console: { hosts, request }, findMember, setUpToken: setUpToken ?? undefined, mailFile, close };
}

async function openMailer(
  { dataDir, mail: { from, smtp } }: Config,
  clock: Clock,
): Promise<{ readonly mailer: Mailer; readonly file?: string | undefined; readonly tested?: SmtpMailer }> {
  const { createFileMailer, createSmtpMailer } = await import('./people/mail.ts');
  if (smtp === undefined) {
    const file = join(dataDir, 'mail.log');
    return { mailer: createFileMailer(from, file, clock), file };
  }
  const { passwordFile, ...server } = smtp;
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  const mailer = createSmtpMailer(from, { ...server, password });
  return { mailer, tested: mailer };
}

/** What its operator may see of it: not where the password lies. */
function describeMail({ mail: { from, smtp } }: Config) {
  if (smtp === undefined) return { from, server: undefined };
  const { host, port, secure, user } = smtp;
  return { from, server: { host, port, secure, user } };
}

async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new OperationalError(
      'secret_file_unreadable',
      `Cannot use ${file} (${(cause as NodeJS.ErrnoException).code}): give the server access to it, or correct mail.smtp.passwordFile`,
      { cause },
    );
  }
}

function describeApi({ id, profile, hosts, importedKeys }: ApiConfig, port: number): ApiDescription {
  const served = environments.filter((environment) => profile.secret.prefixes[environment] !== undefined);
  const urls = served.flatMap((environment) => {
    const host = [...hosts].find(([, bound]) => bound === undefined || bound === environment)?.[0];
    return host === undefined ? [] : [[environment, `http://${host}:${port}`] as const];
  });
  const { id: profileId, source } = profile;
  return {
    id,
    profile: profileId,
    credential: source,
    environments: served,
    urls: Object.fromEntries(urls),
    ...(importedKeys !== undefined && { importedKeys }),
  };
}

async function openAssertions(dataDir: string, clock: Clock): Promise<Assertions> {
  const text = await readOrCreateSecretFile(dataDir, 'signing-key.json', async () =>
    JSON.stringify(await generateSigningKey()),
  );
  try {
    return await createAssertions(JSON.parse(text), clock);
  } catch (cause) {
    throw new OperationalError(
      'signing_key_invalid',
      `${dataDir}/signing-key.json is not a signing key: remove it to have a new one made`,
      { cause },
    );
  }
}

/** What may stand in a log of an error: its kind, code and message, which hold no secret; stacks only of defects. */
function describeFault(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'not an error' };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : { stack: error.stack }),
  };
}

function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function createLog(): Logger {
  return pino({ name: 'miftah', level: 'warn' }, pino.destination({ dest: 2, sync: false }));
}
