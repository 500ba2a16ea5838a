// An internal listener on a free port, with the real storage, cache and engine, for tests.

import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { previewRule } from '../../src/alerts/preview.ts';
import { ruleDescriptions } from '../../src/alerts/rules.ts';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { createInProcessLimiter } from '../../src/coordination/in-process.ts';
import { createSlidingLimiter } from '../../src/coordination/in-process-sliding.ts';
import { createDenialRecorder } from '../../src/denials/denial-recorder.ts';
import { createTrustedProxies } from '../../src/domain/client-address.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import type { Policy, ProtectedApi } from '../../src/domain/protected-api.ts';
import { createRedactor } from '../../src/domain/redaction.ts';
import { tokenApiId, tokenPolicy } from '../../src/domain/token.ts';
import { createSecretSeal } from '../../src/domain/webhook-endpoint.ts';
import { compileTargets } from '../../src/domain/webhook-target.ts';
import { KeyCache } from '../../src/engine/key-cache.ts';
import { createInternalListener } from '../../src/http/admin/listener.ts';
import { createMetrics } from '../../src/http/admin/metrics.ts';
import { createLoopTurns } from '../../src/http/loop-turns.ts';
import { createTokenCheck } from '../../src/http/token-check.ts';
import { createTokenProof } from '../../src/http/token-proof.ts';
import { createAlertCommands } from '../../src/management/alerts.ts';
import { createLocalCoherence } from '../../src/management/coherence.ts';
import { createImportKeys } from '../../src/management/import/import-keys.ts';
import { createKeyCommands } from '../../src/management/keys.ts';
import { createOrganizationCommands } from '../../src/management/organizations.ts';
import type { Coherence, Unreached } from '../../src/management/ports.ts';
import { createTokenCommands } from '../../src/management/tokens.ts';
import { createWebhookCommands } from '../../src/management/webhooks.ts';
import { openUsageRecorder } from '../../src/metering/usage-recorder.ts';
import { createPersonCommands } from '../../src/people/persons.ts';
import { createGate, type Gate } from '../../src/profiles/gate.ts';
import { openRevocationLog } from '../../src/storage/revocation-log.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { AccessLog } from '../../src/telemetry/access-log.ts';
import { Traffic } from '../../src/telemetry/traffic.ts';

export const token = 'mft_test-operator-token';
export const startMs = Date.UTC(2026, 0, 1, 12);

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of many shapes.
  readonly json: any;
}

export interface CallOptions {
  /** Sent as JSON unless it is text. */
  readonly body?: unknown;
  /** Merged into the default headers. `undefined` removes one. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * The five profiles. `classic` overrides the policy of that API, and the hosts of `boundApi` are bound to an
 * environment.
 */
export async function openHarness({
  classic,
  boundApi,
  areMetricsOpen = true,
}: {
  readonly classic?: Partial<Policy>;
  readonly boundApi?: string;
  readonly areMetricsOpen?: boolean;
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-'));
  const storage = await openSqlite({ file: join(folder, 'miftah.db') });
  const clock = createManualClock(startMs);
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => {
    faults.push(error);
  };
  const apis = new Map<string, ProtectedApi>();
  for (const { id, source, secret, policy } of Object.values(profiles)) {
    apis.set(id, { id, source, secret, policy: id === 'classic' ? { ...policy, ...classic } : policy });
  }
  const cache = new KeyCache({
    store: storage.keyStore,
    policyOf: (id) => (id === tokenApiId ? tokenPolicy : apis.get(id)?.policy),
  });
  const journal = { folder: join(folder, 'usage-journal'), apis: [...apis.keys()] };
  const usage = await openUsageRecorder({ store: storage.usage, clock, onFault, ...journal });
  const denials = createDenialRecorder({ store: storage.denials, clock, onFault });
  const limiters = { fixed: createInProcessLimiter(), sliding: createSlidingLimiter() };
  const redactor = createRedactor(apis.values());
  const accessLog = new AccessLog({ clock, onFault });
  const trustedProxies = createTrustedProxies([]);
  const gateParts = {
    cache,
    limiters,
    clock,
    usage,
    denials,
    redactor,
    trustedProxies,
    onFault,
    traffic: new Traffic(),
    accessLog,
    tracing: undefined,
  };
  const gates = new Map<string, Gate>();
  for (const api of apis.values()) {
    const { dialect } = profiles[api.id as keyof typeof profiles];
    const boundHosts = new Map(api.id === boundApi ? [['api.palcards.test', 'live'] as const] : []);
    const clientLimiter = createInProcessLimiter();
    gates.set(api.id, createGate({ api, dialect, boundHosts }, { ...gateParts, clientLimiter }));
  }
  const revocations = await openRevocationLog(join(folder, 'revocations.log'));
  const others: { unreached: Unreached | undefined; isBehind: boolean } = { unreached: undefined, isBehind: false };
  const local = createLocalCoherence(cache);
  const coherence: Coherence = {
    async hold(change, position) {
      await local.hold(change, position);
      return others.unreached;
    },
  };
  const management = { store: storage.management, apis, coherence, clock, revocations };
  const tokenDigest = hash('sha256', token, 'buffer');
  const readiness: { error: Error | undefined } = { error: undefined };
  const server = createServer(
    createInternalListener({
      takeTurn: createLoopTurns(),
      gates,
      redactor,
      countryOf: undefined,
      describeApis: () => [
        {
          id: 'classic',
          profile: 'classic',
          credential: { kind: 'bearer' },
          environments: ['live', 'test'],
          urls: {},
          hosts: [],
          upstream: { live: 'http://10.0.0.7:9000' },
          keyFormat: { prefixes: { live: 'sk_live_' }, length: 51, alphabet: 'base62', checksum: 'crc32' },
          limitWindows: 'fixed',
          templates: [],
        },
      ],
      organizations: createOrganizationCommands(management),
      keys: createKeyCommands(management),
      importKeys: createImportKeys({ ...management, store: storage.imports }),
      tokens: createTokenCommands(management),
      alerts: createAlertCommands({
        ...management,
        rules: ruleDescriptions,
        hasCountries: false,
        preview: (what, nowMs) => previewRule(storage.alerts, what, nowMs),
      }),
      webhooks: createWebhookCommands({
        ...management,
        seal: createSecretSeal('s'.repeat(43)),
        allowed: compileTargets([]),
        wake: () => undefined,
      }),
      persons: createPersonCommands({
        store: storage.people,
        forgetMails: undefined,
        smtpMailer: undefined,
        clock,
        onFault,
      }),
      usageStore: storage.usage,
      denialStore: storage.denials,
      auditStore: storage.audit,
      retention: storage.retention,
      exportStore: storage.exports,
      destinations: ['siem'],
      settle: async () => ({ position: { epoch: 'alone', revision: 99 }, unreached: others.unreached }),
      describeNodes: async () => [
        { id: 'n', name: 'n', isThis: true, revision: null, seenMsAgo: 0, state: 'leased', configuration: 'd1' },
      ],
      reloads: { run: async () => ({ kind: 'unsupported', nodes: [] }) },
      replyStore: storage.management,
      createBackup: () => storage.createBackup(),
      appendAudit: (entry) => storage.management.transaction(({ appendAudit }) => appendAudit(entry)),
      usage,
      denials,
      metrics: createMetrics({
        usage,
        denials,
        cache,
        pruner: { counts: { removed: { usage: 0, addresses: 0, denials: 0, audit: 0 }, failures: 0 } },
      }),
      tokenDigest,
      proveToken: createTokenProof(
        tokenDigest,
        createTokenCheck({
          keys: cache,
          clock,
          noteTokenUse: (use) => storage.management.noteTokenUse(use),
          onFault,
        }),
      ),
      hosts: ['miftah.internal'],
      areMetricsOpen,
      hasReached: () => !others.isBehind,
      jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'abc' }] },
      clock,
      async checkReady() {
        if (readiness.error !== undefined) throw readiness.error;
        await storage.readyCheck();
      },
      onFault,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function call(method: string, path: string, { body, headers = {} }: CallOptions = {}): Promise<Answer> {
    const merged = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const req = request({ host: '127.0.0.1', port, method, path, headers: sent, agent: false }, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const json = /json/.test(res.headers['content-type'] ?? '') && text !== '' ? JSON.parse(text) : undefined;
      resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json });
    });
    req.on('error', reject);
    req.end(body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    return promise;
  }

  return {
    call,
    clock,
    faults,
    folder,
    cache,
    /** Sets which nodes changes here do not reach, and whether this node lacks changes of others. */
    others,
    readiness,
    storage,
    port,
    async createOrg(kind?: string): Promise<string> {
      return (await call('POST', '/v1/orgs', { body: { name: 'Acme', kind } })).json.id;
    },
    /** A key of a new organization, as the API returns it. */
    async createKey(fields: Record<string, unknown> = {}) {
      const org = await this.createOrg(fields.api === 'palcards' ? 'dealer' : undefined);
      const answer = await call('POST', '/v1/keys', { body: { api: 'classic', org, name: 'server', ...fields } });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.json;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([usage.close(), denials.close()]);
      await storage.close();
      await revocations.close();
      await rm(folder, { recursive: true });
    },
  };
}
