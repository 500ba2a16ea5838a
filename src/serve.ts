// Opens an engine and its two listeners: the public one for the data plane and the console, and the internal one.

import { createHash, X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Evaluator, startEvaluator } from './alerts/evaluator.ts';
import { previewRule } from './alerts/preview.ts';
import { ruleDescriptions } from './alerts/rules.ts';
import { type EngineOptions, holderOf, type Miftah, openMiftah, useSigningKeys } from './compose.ts';
import type { ApiConfig, Config, GivenSecret, RoutedUpstreamConfig, UpstreamConfig } from './config/config.ts';
import { listConfigFaults } from './config/config-error.ts';
import { consoleHostsOf } from './config/console-hosts.ts';
import { readOrCreateSecretFile, readSecret } from './config/data-folder.ts';
import { planReload } from './config/reload.ts';
import { readUpstreamTls } from './config/upstream-tls.ts';
import { type Environment, environments } from './domain/api-key.ts';
import { createTrustedProxies } from './domain/client-address.ts';
import { type Clock, createSteadyClock } from './domain/clock.ts';
import { type Closers, createClosers } from './domain/closers.ts';
import { type CountryOf, countriesSetting } from './domain/country.ts';
import { oneDayMs, oneHourMs } from './domain/durations.ts';
import { OperationalError } from './domain/operational-error.ts';
import { hasChecksum, randomBase62 } from './domain/secret.ts';
import { createSecretSeal } from './domain/webhook-endpoint.ts';
import { compileTargets } from './domain/webhook-target.ts';
import { systemTimer } from './engine/flush-loop.ts';
import { createHeldRight } from './engine/held-right.ts';
import { type Assertions, createAssertions } from './gateway/assertion.ts';
import type { PlacedTarget, RoutedTarget } from './gateway/destinations.ts';
import { createProxy, type RequestLimits } from './gateway/proxy.ts';
import { isUploading } from './gateway/request-body.ts';
import { isWebSocketUpgrade } from './gateway/tunnel.ts';
import type { ApiDescription } from './http/admin/apis.ts';
import { createInternalListener } from './http/admin/listener.ts';
import { createMetrics } from './http/admin/metrics.ts';
import { addServerMetrics } from './http/admin/server-metrics.ts';
import { createTokenExpiry } from './http/admin/token-expiry.ts';
import { languageOn, letterheadOn } from './http/console/config.ts';
import { createConsoleListener } from './http/console/listener.ts';
import { createSessions } from './http/console/session.ts';
import { consoleFolder } from './http/console/static.ts';
import { createDataPlane } from './http/data-plane.ts';
import { createCheck } from './http/decisions/check.ts';
import { createDecide, isDecision } from './http/decisions/decisions.ts';
import { identifyByToken, trustSocket } from './http/decisions/gateway.ts';
import { openGrpcListener } from './http/decisions/grpc.ts';
import { createHealth } from './http/health.ts';
import { defaultJwksPath } from './http/jwks.ts';
import { openListener } from './http/listener.ts';
import { createLoopTurns, type TakeTurn } from './http/loop-turns.ts';
import { createTokenCheck } from './http/token-check.ts';
import { createTokenProof } from './http/token-proof.ts';
import { toTemplate } from './http/wire/schemas.ts';
import { createLog, describeFault } from './log.ts';
import { createAlertCommands } from './management/alerts.ts';
import type { ConfigFault, ReloadAuthor, ReloadChange } from './management/installation-ports.ts';
import { auditOfReload } from './management/reload-audit.ts';
import { createWebhookCommands, type WebhookCommands } from './management/webhooks.ts';
import type { Countries } from './metering/countries.ts';
import type { FileMailer, Mail, Mailer, SmtpMailer } from './people/mail.ts';
import { createMailCheck } from './people/mail-check.ts';
import { countMails, type MailCounts } from './people/mail-counts.ts';
import { rotateMailFile } from './people/mail-file.ts';
import { createMemberCommands } from './people/members.ts';
import { withReader } from './people/note-reader.ts';
import { composeNotificationMail } from './people/notification-mail.ts';
import type { DueMail } from './people/notification-ports.ts';
import { type NotificationSender, startNotificationSender } from './people/notification-sender.ts';
import { createPersonalAudit } from './people/personal-audit.ts';
import { withNotices } from './people/personal-notices.ts';
import { createPersonCommands } from './people/persons.ts';
import { createSetUp } from './people/set-up.ts';
import { SignInLimits } from './people/sign-in-limits.ts';
import { createUnsubscribeTokens, type UnsubscribeTokens } from './people/unsubscribe-links.ts';
import type { Brands } from './profiles/brand.ts';
import type { Gate } from './profiles/gate.ts';
import { createPost } from './webhooks/post.ts';
import { type Sender, startSender } from './webhooks/sender.ts';

const overtaken = 'the configuration was reloaded in another way meanwhile: reload it again';
const operatorTokenFile = 'operator-token';
/** How often the server removes old mails, expired sessions and one-time tokens. */
const sweepMs = oneHourMs;

/** A server that listens. */
export interface RunningServer {
  /** The engine with the configuration in use. Its `close` stops the server too. */
  readonly miftah: Miftah;
  /** `HOST:PORT`, with the actual port if the configuration has 0. */
  readonly publicAddress: string;
  readonly internalAddress: string;
  /** `HOST:PORT` or `unix:FILE`. `undefined`: only the internal listener answers gateways. */
  readonly decisionsAddress: string | undefined;
  /** The same of the listener for gRPC. `undefined`: there is none. */
  readonly grpcAddress: string | undefined;
  /** The one-time token that creates the first person (`POST /api/setup`). `undefined`: there is a person already. */
  readonly setUpToken: string | undefined;
  /** The file that mails go to when no SMTP server is configured. */
  readonly mailFile: string | undefined;
  /** The file with the operator's token. `undefined`: the environment holds it. */
  readonly operatorTokenFile: string | undefined;
  /**
   * Applies the configuration that `options.reread` returns to all later requests of this node, and decides open
   * exchanges again. Rejects when it can't be read or used; the server then keeps the one it has. Logs both results.
   * Calls run one after another.
   */
  reload(): Promise<Pick<ReloadChange, 'changed' | 'needRestart'>>;
  /**
   * The first half of a stop that no client notices; `close` is the second. `/readyz` and the health path report that
   * the server is not ready. The server still answers requests for `drainSeconds`, so that load balancers notice.
   * `close` ends the wait early. Never rejects.
   */
  drain(): Promise<void>;
  /** Stops accepting, lets requests finish for up to `finishSeconds`, saves pending records, closes. Idempotent. */
  close(): Promise<void>;
  /** Resolves once closed. */
  readonly closed: Promise<void>;
}

export interface ServeOptions extends EngineOptions {
  /** Reads the configuration again, for `reload` and for `miftah config reload`. Default: neither is possible. */
  readonly reread?: () => Config | Promise<Config>;
}

/** Opens the engine and both listeners. Rejects as `openMiftah` does, and when it can't listen on an address. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<RunningServer> {
  const { reread, ...openOptions } = options;
  const log = options.log ?? createLog(config.log.level);
  const miftah = await openMiftah({ config }, { ...openOptions, log });
  const { clock } = miftah;
  const finishMs = config.finishSeconds * 1_000;
  const closers = createClosers();
  closers.add(miftah, (each) => each.close());
  let standing: 'starting' | 'ready' | 'draining' = 'starting';

  try {
    const token = await readSecret(config.dataDir, {
      name: operatorTokenFile,
      given: config.secrets.operatorToken,
      create: () => `mft_${randomBase62(40)}`,
      form: 'mft_ and 40 letters and digits',
      // The redactor recognizes the token only in this form.
      isValid: (text) => /^mft_[0-9A-Za-z]{40}$/.test(text),
    });
    const assertions = await openAssertions(config, clock);
    const destinations = miftah.exporters.map(({ destination }) => destination);
    const proxy = createProxy({
      clientStallTimeoutMs: config.public.replyStallSeconds * 1_000,
      connectionsPerOrigin: config.public.upstreamConnections,
      // A waiting request takes little memory: its head is read, its body is not.
      requestsPerOrigin: config.public.upstreamConnections + 3_840,
      connectionWaitMs: 10_000,
      maxTunnels: config.public.maxTunnels,
      tunnelIdleTimeoutMs: config.public.tunnelIdleSeconds * 1_000,
      tunnelCloseTimeoutMs: 10_000,
    });
    closers.add(proxy, (each) => each.destroy());

    const takeTurn = createLoopTurns();
    const onSendingFault = (error: unknown) => log.error({ fault: describeFault(error) }, 'webhooks');
    const onConsoleFault = (error: unknown) => log.error({ fault: describeFault(error) }, 'console request failed');
    const consoleParts = await openConsoleParts(config, miftah, { closers, onFault: onConsoleFault });
    const seal = createSecretSeal(consoleParts.secret);
    const allowedTargets = compileTargets(config.webhooks.allow);
    // Both stop before the store that they need. They start last, when the server is ready.
    let sender: Sender | undefined;
    let mailSender: NotificationSender | undefined;
    const right = createHeldRight({ holder: holderOf(miftah.storage), store: miftah.storage.sendingRight });
    closers.add(right, async (each) => {
      await Promise.all([sender?.close(), mailSender?.close()]);
      await each.release().catch(onSendingFault);
    });
    let evaluator: Evaluator | undefined;
    closers.add(undefined, () => evaluator?.close());
    const metrics = createMetrics({ ...miftah, clockAheadMs: miftah.storage.nodes?.clock.aheadMs });
    addServerMetrics(metrics, {
      traffic: miftah.traffic,
      countWebSockets: () => proxy.tunnelCount,
      describeLoad: () => miftah.storage.describeLoad(),
      dataDir: config.dataDir,
      lease: miftah.lease,
      mails: consoleParts.mailCounts,
      webhooks: {
        countAttempts: () => sender?.counts ?? { delivered: 0, refused: 0, unreachable: 0 },
        describeWaiting: () => miftah.storage.webhooks.describeWaiting(),
        clock,
      },
      notifications: {
        countAttempts: () => mailSender?.counts ?? { sent: 0, postponed: 0, failed: 0 },
        describeWaiting: () => miftah.storage.notifications.describeWaitingMails(clock.nowMs()),
        clock,
      },
      accessLog: miftah.accessLog.counts,
      exporters: miftah.exporters,
      describeExports: () => miftah.storage.exports.describeExports(destinations),
      nowMs: () => clock.nowMs(),
      nextTokenExpiryMs: createTokenExpiry(miftah.storage.management, clock),
      certificateEndsMs: () => handlers.certificateEndsMs,
    });
    const isReady = createHealth(() => miftah.checkReady());
    const isHealthy = async () => standing === 'ready' && (await isReady());
    const tokenDigest = createHash('sha256').update(token).digest();
    const checkToken = createTokenCheck({
      keys: miftah.cache,
      clock: miftah.clock,
      noteTokenUse: (use) => miftah.storage.management.noteTokenUse(use),
      onFault: (error) => log.error({ fault: describeFault(error) }, 'could not check a token'),
    });
    const proveToken = createTokenProof(tokenDigest, checkToken);
    let publicPort = config.public.listen.port;

    /** Creates the request handlers for one configuration. */
    async function createHandlers(current: Config, engine: Miftah) {
      const countries = await openCountriesOf(current, clock, log);
      const routeParts = collectRouteParts(engine, takeTurn, countries?.countryOf);
      const webhooks = createWebhookCommands({
        ...engine.managementParts,
        seal,
        allowed: allowedTargets,
        wake: () => sender?.wake(),
      });
      const people = await createConsole(current, engine, { ...consoleParts, routeParts, webhooks });
      const { healthPath, jwksPath } = current.public;
      const routes = current.apis.flatMap(({ upstream, ...api }) =>
        upstream === undefined
          ? []
          : {
              gate: engine.api(api.id),
              hosts: api.hosts,
              passHeaders: api.passHeaders,
              upstream: { live: routedTargetOf(upstream.live, api), test: routedTargetOf(upstream.test, api) },
              limits: requestLimitsOf(api.limits),
            },
      );
      const dataPlane = createDataPlane({
        health: healthPath === undefined ? undefined : { path: healthPath, isHealthy },
        publishedKeys:
          jwksPath === 'none'
            ? undefined
            : { path: jwksPath ?? defaultJwksPath, isUnderApiHosts: jwksPath !== undefined },
        console: people.console,
        routes,
        proxy,
        trustedProxies: createTrustedProxies(current.public.trustedProxies, current.public.forwardedHeader),
        via: current.public.via,
        assertions,
        management: {
          keys: engine.keys,
          usage: engine.usage,
          clock: engine.clock,
          findMember: people.findMember,
          takeTurn,
          onFault: (error) => log.error({ fault: describeFault(error) }, 'management request failed'),
        },
        onUpstreamFailure: (failure) => log.warn(failure, 'upstream failed'),
      });
      const internalRequest = createInternalListener({
        ...routeParts,
        describeApis: () => current.apis.map((api) => describeApi(api, publicPort)),
        importKeys: engine.importKeys,
        tokens: engine.tokens,
        webhooks,
        reloads: engine.reloads,
        persons: people.persons,
        createBackup: () => engine.storage.createBackup(),
        hasReached: engine.hasReached,
        appendAudit: (entry) => engine.storage.management.transaction(({ appendAudit }) => appendAudit(entry)),
        metrics,
        retention: engine.storage.retention,
        exportStore: engine.storage.exports,
        destinations,
        tokenDigest,
        proveToken,
        hosts: [config.internal.listen.host, ...current.internal.names],
        areMetricsOpen: current.internal.metrics === 'open',
        jwks: assertions.jwks,
        assertions,
        async checkReady() {
          if (standing !== 'ready')
            throw new OperationalError('draining', 'the server is stopping or has not started yet');
          await engine.checkReady();
        },
        onFault: (error) => log.error({ fault: describeFault(error) }, 'internal request failed'),
      });
      const decide = createDecide({
        apis: current.apis.map(({ id, passHeaders }) => ({ gate: engine.api(id), passHeaders })),
        assertions,
      });
      const check = createCheck({
        apis: current.apis.map(({ id, hosts, passHeaders }) => ({
          gate: engine.api(id),
          hosts: hosts.keys(),
          passHeaders,
        })),
        assertions,
      });
      const { mailFile, mailPassword, mailer } = people;
      const files = digestFiles(routes, mailPassword, current.consoles, countries);
      const certificateEndsMs = listCertificateEnds(routes);
      return {
        ...{ config: current, engine, dataPlane, internalRequest, decide, check },
        ...{ mailFile, mailer, files, certificateEndsMs, countries },
      };
    }

    let handlers = await createHandlers(config, miftah);
    /** In the language and on the console that the person used last, while the server has that console. */
    function composeNotification(due: DueMail): Mail {
      const { apis, consoles: brands, public: outside } = handlers.config;
      const { language, consoleOrigin } = due.settings;
      const hosts = consoleHostsOf(handlers.config);
      const [first = 'localhost'] = hosts;
      const origin =
        consoleOrigin !== null && hosts.has(new URL(consoleOrigin).hostname)
          ? consoleOrigin
          : (outside.url ?? `http://${first}:${publicPort}`);
      const { hostname } = new URL(origin);
      const letterhead = letterheadOn({ apis, brands }, hostname, language ?? languageOn(apis, hostname));
      return composeNotificationMail(due, { letterhead, origin, tokens: consoleParts.tokens });
    }
    const identifyGateway = identifyByToken(proveToken);
    const onListenerFault = (listener: string) => (error: unknown) =>
      log.error({ listener, fault: describeFault(error) }, 'request failed');
    const internal = await openListener({
      name: 'internal',
      ...config.internal.listen,
      maxConnections: config.internal.maxConnections,
      onFault: onListenerFault('internal'),
      request: (req, res) =>
        isDecision(req) ? handlers.decide(req, res, identifyGateway) : handlers.internalRequest(req, res),
    });
    closers.add(internal, (each) => each.close(finishMs));

    const { listen: decisionsListen } = config.decisions;
    const isOnFile = decisionsListen !== undefined && 'file' in decisionsListen;
    const decisions =
      decisionsListen &&
      (await openListener({
        name: 'decisions',
        ...decisionsListen,
        maxConnections: config.internal.maxConnections,
        onFault: onListenerFault('decisions'),
        request: (req, res) => handlers.decide(req, res, isOnFile ? trustSocket : identifyGateway),
      }));
    if (decisions !== undefined) closers.add(decisions, (each) => each.close(finishMs));

    const { grpc: grpcListen } = config.decisions;
    const grpc =
      grpcListen &&
      (await openGrpcListener({
        listen: grpcListen,
        maxConnections: config.internal.maxConnections,
        onFault: onListenerFault('grpc'),
        check: (call) => handlers.check(call, 'file' in grpcListen ? trustSocket : identifyGateway),
      }));
    if (grpc !== undefined) closers.add(grpc, (each) => each.close(finishMs));

    const publicListener = await openListener({
      name: 'public',
      ...config.public.listen,
      maxConnections: config.public.maxConnections,
      maxHeaderBytes: config.public.maxHeaderBytes,
      keepAliveTimeoutMs: config.public.keepAliveSeconds * 1_000,
      stallTimeoutMs: config.public.replyStallSeconds * 1_000,
      isUpload: isUploading,
      onFault: onListenerFault('public'),
      request: (req, res) => handlers.dataPlane.request(req, res),
      checkContinue: (req, res) => handlers.dataPlane.checkContinue(req, res),
      upgrade: (req, socket, head) => handlers.dataPlane.upgrade(req, socket, head),
      isUpgrade: isWebSocketUpgrade,
      answerClientError: (error) => handlers.dataPlane.answerClientError(error),
    });
    publicPort = publicListener.port;
    closers.add(publicListener, async (each) => {
      const drained = Promise.all([each.close(finishMs), internal.close(finishMs)]);
      await Promise.race([proxy.close(), drained]);
      await drained;
    });

    /** Reads and checks the configuration, and prepares all that can fail. `apply` of the result uses it. */
    async function prepare(read: () => Config | Promise<Config>) {
      const former = handlers;
      const { config: next, changed: written, needRestart } = planReload(former.config, await read());
      const { miftah: engine, use } = miftah.reconfigure(next);
      const made = await createHandlers(next, engine);
      const changed = [...new Set([...written, ...listChangedFiles(former.files, made.files)])];
      const change = { before: former.engine.configuration, after: engine.configuration, changed, needRestart };
      async function apply(author: ReloadAuthor): Promise<void> {
        if (handlers !== former) throw new OperationalError('reload_overtaken', overtaken);
        if (changed.length > 0) {
          const entry = auditOfReload(author, clock.nowMs(), miftah.nodeId(), change);
          await miftah.storage.management.transaction(({ appendAudit }) => appendAudit(entry));
          // From here on nothing can fail. It all happens in one turn of the event loop.
          use();
          handlers = made;
          proxy.keepOnly(made.dataPlane.upstreams);
          if (options.log === undefined) log.level = next.log.level;
          logUnserved(log, next);
        }
        // Programs that rotate logs rename the file, then ask for a reload.
        miftah.accessLog.reopen();
        logReload(log, change);
      }
      return { change, apply };
    }
    let changing: Promise<unknown> = Promise.resolve();
    function oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
      const done = changing.then(work);
      changing = done.catch(() => undefined);
      return done;
    }
    function logRefusal(error: unknown): void {
      log.error({ fault: describeFault(error) }, 'configuration not reloaded: the server goes on with the one it has');
    }
    function refuse(error: unknown): readonly ConfigFault[] {
      logRefusal(error);
      return listConfigFaults(error);
    }
    if (reread !== undefined) {
      miftah.reloads.follow(() =>
        prepare(reread).then(
          ({ change, apply }) => ({
            kind: 'ready' as const,
            ...change,
            use: (author) => oneAtATime(() => apply(author)).then(() => [], refuse),
          }),
          (error: unknown) => ({ kind: 'refused' as const, faults: refuse(error) }),
        ),
      );
    }
    sender = startSender({
      right,
      store: miftah.storage.webhooks,
      post: createPost({ allowed: allowedTargets }),
      seal,
      clock,
      timer: systemTimer,
      onDisabled(endpoint, because) {
        log.warn({ webhook: endpoint.id, org: endpoint.orgId, because }, 'webhook disabled');
      },
      onFault: onSendingFault,
    });
    mailSender = startNotificationSender({
      right,
      store: miftah.storage.notifications,
      mailer: { send: (mail) => handlers.mailer.send(mail) },
      compose: composeNotification,
      clock,
      timer: systemTimer,
      onFault: (error) => log.error({ fault: describeFault(error) }, 'mails of notifications'),
    });
    evaluator = startEvaluator({
      holder: holderOf(miftah.storage),
      store: miftah.storage.alerts,
      findCountryOf: () => handlers.countries?.countryOf,
      clock,
      timer: systemTimer,
      onRaised: () => sender?.wake(),
      onFault: (error) => log.error({ fault: describeFault(error) }, 'alerts'),
    });
    standing = 'ready';
    logUnserved(log, config);

    const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      standing = 'draining';
      closing ??= closers.close().finally(markClosed);
      return closing;
    };
    miftah.lost.then(close).catch((error: unknown) => log.error({ fault: describeFault(error) }, 'could not close'));
    return {
      get miftah() {
        return { ...handlers.engine, close };
      },
      publicAddress: formatAddress(publicListener.host, publicListener.port),
      internalAddress: formatAddress(internal.host, internal.port),
      decisionsAddress: isOnFile
        ? `unix:${decisionsListen.file}`
        : decisions && formatAddress(decisions.host, decisions.port),
      grpcAddress:
        grpc &&
        ('file' in grpc.listen ? `unix:${grpc.listen.file}` : formatAddress(grpc.listen.host, grpc.listen.port)),
      setUpToken: consoleParts.setUpToken,
      mailFile: handlers.mailFile,
      operatorTokenFile: fileOf(config.secrets.operatorToken, join(config.dataDir, operatorTokenFile)),
      closed,
      close,
      reload() {
        const done = oneAtATime(async () => {
          if (reread === undefined) throw new TypeError('reload needs the option reread of serve');
          const { change, apply } = await prepare(reread);
          await apply({ kind: 'signal' });
          return change;
        });
        done.catch(logRefusal);
        return done;
      },
      async drain() {
        standing = 'draining';
        for (const listener of [publicListener, internal, decisions, grpc]) listener?.dismiss();
        const done = new AbortController();
        const waited = wait(handlers.config.drainSeconds * 1000, undefined, { signal: done.signal }).catch(
          () => undefined,
        );
        await Promise.race([waited, closed]);
        done.abort();
      },
    };
  } catch (error) {
    // The error of the start matters more than an error of the cleanup.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

/** The parts that the admin API and the session API share. */
function collectRouteParts(miftah: Miftah, takeTurn: TakeTurn, countryOf: CountryOf | undefined) {
  const { storage, clock, gates, redactor, organizations, keys, usage, denials, settle, describeNodes } = miftah;
  return {
    takeTurn,
    clock,
    gates,
    redactor,
    organizations,
    keys,
    usage,
    denials,
    settle,
    describeNodes,
    usageStore: storage.usage,
    countryOf,
    denialStore: storage.denials,
    auditStore: storage.audit,
    replyStore: storage.management,
    alerts: createAlertCommands({
      ...miftah.managementParts,
      rules: ruleDescriptions,
      hasCountries: countryOf !== undefined,
      preview: (what, nowMs) => previewRule(storage.alerts, what, nowMs, countryOf),
    }),
  };
}

/** Reads the database of countries. `undefined`: the configuration names none. */
async function openCountriesOf({ countries }: Config, clock: Clock, log: Logger): Promise<Countries | undefined> {
  if (countries === undefined) return undefined;
  // Loaded only when needed, because most installations have no such database.
  const { daysTooOld, openCountries } = await import('./metering/countries.ts');
  const opened = await openCountries(countries.database);
  const days = daysTooOld(opened, clock.nowMs());
  if (days !== undefined) log.warn({ days }, `the database of countries is old: replace the file and reload`);
  return opened;
}

type RouteParts = ReturnType<typeof collectRouteParts>;

/** The parts of the console that survive a reload of the configuration. */
interface ConsoleBase {
  readonly secret: string;
  readonly tokens: UnsubscribeTokens;
  readonly setUpToken: string | undefined;
  readonly removeToken: () => Promise<void>;
  readonly limits: SignInLimits;
  readonly mailCounts: MailCounts;
  readonly onFault: (error: unknown) => void;
}

async function openConsoleParts(
  { dataDir, secrets, retention }: Config,
  { storage: { people }, clock }: Miftah,
  { closers, onFault }: { readonly closers: Closers; readonly onFault: (error: unknown) => void },
): Promise<ConsoleBase> {
  const { mailDays } = retention;
  const sweep = async () => {
    if (mailDays !== undefined) await rotateMailFile(mailFileOf(dataDir), clock.nowMs(), mailDays * oneDayMs);
    await people.removeExpired(clock.nowMs());
  };
  await sweep();
  closers.add(setInterval(() => sweep().catch(onFault), sweepMs).unref(), clearInterval);
  const tokenFile = join(dataDir, 'setup-token');
  const removeToken = () => rm(tokenFile, { force: true });
  const setUpToken = (await people.hasPeople())
    ? await removeToken()
    : await readOrCreateSecretFile(dataDir, 'setup-token', () => randomBase62(43));
  const secret = await readSecret(dataDir, {
    name: 'session-secret',
    given: secrets.sessionSecret,
    create: () => randomBase62(43),
    form: '32 characters or more',
    isValid: (text) => text.length >= 32,
  });
  const limits = new SignInLimits(createSteadyClock(clock));
  const mailCounts = { sent: 0, failed: 0 };
  const tokens = createUnsubscribeTokens(secret);
  return { secret, tokens, setUpToken: setUpToken ?? undefined, removeToken, limits, mailCounts, onFault };
}

/** Creates the console with sign-in, members and the setup of the first person. */
async function createConsole(
  config: Config,
  miftah: Miftah,
  {
    secret,
    tokens,
    setUpToken,
    removeToken,
    limits,
    mailCounts,
    onFault,
    routeParts,
    webhooks,
  }: ConsoleBase & { readonly routeParts: RouteParts; readonly webhooks: WebhookCommands },
) {
  const { takeTurn, clock, redactor } = routeParts;
  const { people, notifications } = miftah.storage;
  const {
    mailer,
    file: mailFile,
    smtpMailer,
    forgetMails,
    password: mailPassword,
  } = await openMailer(config, clock, mailCounts);
  const publicUrl = config.public.url;
  const hosts = consoleHostsOf(config);
  const consoles = { apis: config.apis, brands: config.consoles };
  // The token is valid for one use, even if that was before a reload.
  const token = (await people.hasPeople()) ? undefined : setUpToken;
  const recordNoticed = withNotices(createPersonalAudit(people, clock), { mailer, clock, onFault });
  const recordPersonal = withReader(recordNoticed, notifications, onFault);
  // Loaded only when a server starts, because the engine as a library does not need better-auth.
  const { createAccounts } = await import('./people/accounts.ts');
  const accounts = createAccounts({
    store: people,
    secret,
    // The server looks up member sessions under `localhost`, even if the console has no such host.
    hosts: [...hosts, 'localhost'],
    letterheadOn: (host, language) => letterheadOn(consoles, host, language),
    mailer,
    limits,
    recordPersonal,
    clock,
    onFault,
  });
  const { hashPassword } = accounts;
  const sessions = createSessions({ accounts, people, takeTurn });
  const persons = createPersonCommands({ store: people, forgetMails, smtpMailer, clock, onFault });
  const request = createConsoleListener({
    ...routeParts,
    webhooks,
    hosts,
    folder: consoleFolder,
    trustedProxies: createTrustedProxies(config.public.trustedProxies, config.public.forwardedHeader),
    publicUrl,
    accounts,
    sessions,
    people,
    persons,
    members: createMemberCommands({
      store: people,
      mailer,
      sendsMail: smtpMailer !== undefined,
      hashPassword,
      clock,
      onFault,
      redactor,
    }),
    setUp: createSetUp({ store: people, token, removeToken, hashPassword, limits, clock, redactor }),
    limits,
    recordPersonal,
    notifications,
    unsubscribe: { tokens, notifications },
    store: miftah.storage.overview,
    sealingSecret: Buffer.from(secret),
    trustedProxyEntries: config.public.trustedProxies,
    mail: describeMail(config),
    checkMail: smtpMailer && createMailCheck({ mailer: smtpMailer, store: people, limits, clock }),
    ...consoles,
    sendsMail: config.mail.smtp !== undefined,
    onFault,
  });
  const { findMember } = sessions;
  return { console: { hosts, request }, persons, findMember, mailFile, mailPassword, mailer };
}

function mailFileOf(dataDir: string): string {
  return join(dataDir, 'mail.log');
}

async function openMailer(
  { dataDir, mail: { from, smtp } }: Config,
  clock: Clock,
  mailCounts: MailCounts,
): Promise<{
  readonly mailer: Mailer;
  readonly file?: string | undefined;
  readonly smtpMailer?: SmtpMailer;
  readonly password?: string | undefined;
  readonly forgetMails?: FileMailer['forget'];
}> {
  const { createFileMailer, createSmtpMailer } = await import('./people/mail.ts');
  if (smtp === undefined) {
    const file = mailFileOf(dataDir);
    const mailer = countMails(createFileMailer(from, file, clock), mailCounts);
    return { mailer, file, forgetMails: mailer.forget };
  }
  const { passwordFile, ...server } = smtp;
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  const mailer = countMails(createSmtpMailer(from, { ...server, password }), mailCounts);
  return { mailer, smtpMailer: mailer, password };
}

/** The mail settings that an operator may see, without the path of the password file. */
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

function routedTargetOf(upstream: RoutedUpstreamConfig, api: Pick<ApiConfig, 'id' | 'limits'>): RoutedTarget {
  const paths = upstream.paths.map(({ prefix, ...place }) => ({ prefix, ...placedTargetOf(place, api) }));
  return { ...placedTargetOf(upstream, api), paths };
}

function placedTargetOf(
  { origin, basePath, host, tls }: UpstreamConfig,
  { id, limits }: Pick<ApiConfig, 'id' | 'limits'>,
): PlacedTarget {
  return {
    origin,
    basePath,
    host,
    connectTimeoutMs: limits.connectSeconds * 1_000,
    maxReplyHeaderBytes: limits.maxReplyHeaderBytes,
    tls: tls && readUpstreamTls(tls, id),
  };
}

/** When the first certificate of each API ends that Miftah presents to an upstream. */
function listCertificateEnds(routes: readonly UpstreamRoute[]): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const { gate, upstream } of routes) {
    for (const { tls } of [upstream.live, upstream.test].flatMap((target) => [target, ...target.paths])) {
      if (tls?.cert === undefined) continue;
      const endMs = new X509Certificate(tls.cert).validToDate.getTime();
      ends.set(gate.api.id, Math.min(ends.get(gate.api.id) ?? endMs, endMs));
    }
  }
  return ends;
}

/** Where the allowed requests of an API go. */
interface UpstreamRoute {
  readonly gate: Gate;
  readonly upstream: Readonly<Record<Environment, RoutedTarget>>;
}

/** Digests of the files that the settings name, by setting. A reload reads the files again. */
function digestFiles(
  routes: readonly UpstreamRoute[],
  mailPassword: string | undefined,
  brands: Brands,
  countries: Countries | undefined,
): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  const add = (setting: string, content: unknown) =>
    digests.set(setting, createHash('sha256').update(JSON.stringify(content)).digest('hex'));
  for (const { gate, upstream } of routes) {
    const tls = [upstream.live, upstream.test]
      .flatMap((target) => [target, ...target.paths])
      .flatMap((each) => each.tls ?? []);
    if (tls.length > 0) add(`apis[${gate.api.id}].upstream.tls`, tls);
  }
  if (mailPassword !== undefined) add('mail.smtp.passwordFile', mailPassword);
  if (countries !== undefined) add(countriesSetting, countries.digest);
  for (const [host, { logo, logoDark, favicon }] of brands) {
    // The name of a picture has a digest of its content.
    for (const [setting, picture] of Object.entries({ logo, logoDark, favicon }))
      if (picture !== undefined) add(`consoles.${host}.${setting}`, picture.name);
  }
  return digests;
}

/** The settings whose files have other contents. A setting that is new or gone is a change of the configuration itself. */
function listChangedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before].flatMap(([setting, digest]) => {
    const next = after.get(setting);
    return next === undefined || next === digest ? [] : [setting];
  });
}

/** Tells of the APIs that the public listener does not serve, which may be a slip. */
function logUnserved(log: Logger, { apis }: Config): void {
  const unserved = apis.filter(({ upstream }) => upstream === undefined).map(({ id }) => id);
  if (unserved.length > 0)
    log.info({ apis: unserved }, 'the public listener does not serve these APIs: they have no upstream');
}

function logReload(log: Logger, { changed, needRestart }: ReloadChange): void {
  const settings = { changed, ...(needRestart.length > 0 && { needRestart }) };
  if (needRestart.length > 0) log.warn(settings, 'configuration reloaded, but these settings need a restart');
  else
    log.info(settings, changed.length > 0 ? 'configuration reloaded' : 'configuration reloaded: nothing has changed');
}

function requestLimitsOf(limits: ApiConfig['limits']): RequestLimits {
  return {
    headersTimeoutMs: limits.firstByteSeconds * 1_000,
    bodyIdleTimeoutMs: limits.idleSeconds * 1_000,
    maxRequestBodyBytes: limits.maxBodyBytes,
    requestBodyIdleTimeoutMs: limits.uploadIdleSeconds * 1_000,
    minBodyBytesPerSecond: limits.minUploadBytesPerSecond,
  };
}

function describeApi({ id, profile, hosts, upstream, importedKeys }: ApiConfig, port: number): ApiDescription {
  const served = environments.filter((environment) => profile.secret.prefixes[environment] !== undefined);
  const urls = served.flatMap((environment) => {
    const host = [...hosts].find(([, bound]) => bound === undefined || bound === environment)?.[0];
    return host === undefined || upstream === undefined ? [] : [[environment, `http://${host}:${port}`] as const];
  });
  const { id: profileId, source, policy } = profile;
  return {
    id,
    profile: profileId,
    credential: source.kind === 'anyOf' ? { ...source, sources: [...source.sources] } : source,
    environments: served,
    urls: Object.fromEntries(urls),
    hosts: [...hosts].map(([host, environment]) => ({ host, environment: environment ?? null })),
    upstream: Object.fromEntries(
      served.flatMap((each) =>
        upstream === undefined ? [] : [[each, upstream[each].origin + upstream[each].basePath]],
      ),
    ),
    keyFormat: {
      prefixes: { ...profile.secret.prefixes },
      length: profile.secret.length,
      alphabet: profile.secret.alphabet ?? 'base62',
      checksum: hasChecksum(profile.secret) ? 'crc32' : 'none',
    },
    limitWindows: policy.limitWindows,
    templates: policy.templates.map(toTemplate),
    ...(importedKeys !== undefined && { importedKeys }),
  };
}

async function openAssertions(config: Config, clock: Clock): Promise<Assertions> {
  return useSigningKeys(config, (keys) => createAssertions(keys, clock));
}

/** The file that holds a secret. `undefined`: the environment holds it. */
function fileOf(given: GivenSecret | undefined, own: string): string | undefined {
  if (given === undefined) return own;
  return 'file' in given ? given.file : undefined;
}

function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
