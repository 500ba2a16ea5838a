// The data plane finds the API by a request's Host and asks the engine for a verdict. It answers denied requests in the
// vendor's dialect, serves the vendor's routes for key management, and proxies the rest.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuthorizedKey, Environment } from '../domain/api-key.ts';
import { defaultForwardedHeader, type TrustedProxies } from '../domain/client-address.ts';
import { isCacheable, keyHeadersOf, placesOf } from '../domain/credential.ts';
import { formatForwarded } from '../domain/forwarded.ts';
import { createQueryKey, type QueryKey, queryOf } from '../domain/query-key.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { ownReplyUse, refusedUses, statusClassOf, type Use } from '../domain/use.ts';
import type { Allowed, Reason, Refused } from '../domain/verdict.ts';
import { OpenExchange } from '../engine/open-exchanges.ts';
import type { Assertions } from '../gateway/assertion.ts';
import {
  chooseDestination,
  type Destination,
  type Destinations,
  openDestinations,
  type RoutedTarget,
} from '../gateway/destinations.ts';
import { closeGently, drainableBytes } from '../gateway/early-reply.ts';
import type { ExchangeLimits, ForwardInput, OnOutcome } from '../gateway/exchange.ts';
import { type ForwardOutcome, kindOf, reasonOf, type UpstreamFailure } from '../gateway/outcome.ts';
import { type Carried, prepareLimits, type RequestLimits, type ReverseProxy } from '../gateway/proxy.ts';
import { announcedBodyLength } from '../gateway/request-body.ts';
import { openUpgradeReply } from '../gateway/tunnel.ts';
import type { Upstream } from '../gateway/upstream.ts';
import { countPasses, maxPasses } from '../gateway/via.ts';
import { logAccess } from '../profiles/access.ts';
import type { Gate } from '../profiles/gate.ts';
import { type GuardedRequest, guard, refuse, renderAt, shareWithPage } from '../profiles/guard.ts';
import type { Problem } from '../profiles/profile.ts';
import { appendRateHeaders, type Reply } from '../profiles/reply.ts';
import { findTraceId, type RequestTrace, type Tracing } from '../telemetry/tracing.ts';
import {
  createDialectManagement,
  type FindManagedPath,
  type ManagedPath,
  type ManagedRequest,
  type ManagementParts,
} from './dialect-management.ts';
import { assertionField, identityOf } from './identity.ts';
import { answerJwks, type PublishedKeys } from './jwks.ts';
import type { ClientError } from './listener.ts';
import {
  clientAddressOf,
  clientSchemeOf,
  hostNameOf,
  isFromTrustedProxy,
  pathOf,
  peerAddressOf,
  type RequestHead,
  readRequestHead,
} from './request-head.ts';
import { createRequestId, findRequestId } from './request-id.ts';
import { collectBody } from './wire/json-body.ts';

/** One protected API on the public listener. */
export interface ApiRoute {
  readonly gate: Gate;
  /** Host names in lower case, each with its environment. `undefined`: the key decides the environment. */
  readonly hosts: ReadonlyMap<string, Environment | undefined>;
  /** The upstream of each environment. */
  readonly upstream: Readonly<Record<Environment, RoutedTarget>>;
  readonly limits: RequestLimits;
  /** Request headers that the proxy passes on although it removes them by default. Default: none. */
  readonly passHeaders?: readonly string[];
}

export interface Health {
  readonly path: string;
  /** Whether a load balancer should send requests to this node. Must not reject. */
  readonly isHealthy: () => Promise<boolean>;
}

export interface DataPlaneParts {
  readonly routes: readonly ApiRoute[];
  readonly proxy: ReverseProxy;
  readonly trustedProxies: TrustedProxies;
  /**
   * The name of this server in the `Via` header of requests and replies. Without it, the data plane adds no `Via` and
   * detects no loops.
   */
  readonly via?: string | undefined;
  readonly assertions: Assertions;
  readonly management: ManagementParts;
  /** The hosts of the console, and the handler for their requests. */
  readonly console?: {
    readonly hosts: ReadonlySet<string>;
    readonly request: (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;
  };
  /** The health check for load balancers. It answers under any host name. `undefined`: there is none. */
  readonly health?: Health | undefined;
  /** Where the public keys of `assertions` are. `undefined`: only on the internal listener. */
  readonly publishedKeys?: PublishedKeys | undefined;
  /** Called for each upstream failure, for the log. `reason` is the transport's: it has no header, body or query. */
  readonly onUpstreamFailure: (failure: {
    readonly api: string;
    readonly cause: UpstreamFailure;
    readonly reason: string | undefined;
    readonly requestId: string;
    readonly traceId: string | undefined;
  }) => void;
}

/** Handlers for the `http.Server` events of the same names. They throw and reject only because of a defect. */
export interface DataPlane {
  request(req: IncomingMessage, res: ServerResponse): void | Promise<void>;
  checkContinue(req: IncomingMessage, res: ServerResponse): void | Promise<void>;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void | Promise<void>;
  /** Renders the reply in the dialect of the API that the Host names. `undefined`: none has it. Never rejects. */
  answerClientError(error: ClientError): Promise<Reply | undefined>;
  /** All upstreams that its requests may reach. */
  readonly upstreams: ReadonlySet<Upstream>;
}

/** The state that all requests of the data plane share. */
interface Plane extends Omit<DataPlaneParts, 'via'> {
  /** This server's `Via` entries, one for each HTTP version over which it receives messages. */
  readonly via: { readonly name: string; readonly overHttp10: string; readonly overHttp11: string } | undefined;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A route under one host, prepared once for all of its requests. */
interface Entry {
  readonly gate: Gate;
  readonly environment: Environment | undefined;
  readonly destinations: Readonly<Record<Environment, Destinations>>;
  readonly limits: ExchangeLimits;
  /** See `isCacheable`. */
  readonly isCacheable: boolean;
  /** The parameter that carries keys. `undefined`: the API takes none from the query. */
  readonly queryKey: QueryKey | undefined;
  /** Whether the trace context of every client goes on. If not, only that of trusted proxies does. */
  readonly passesTraces: boolean;
  /** The request headers to name in `Vary` of the upstream's replies. */
  readonly vary: readonly string[];
  /** Finds the dialect's management routes. `undefined`: the dialect has none. */
  readonly findManagedPath: FindManagedPath | undefined;
}

export function createDataPlane(parts: DataPlaneParts): DataPlane {
  const { via: name, ...rest } = parts;
  const via = name === undefined ? undefined : { name, overHttp10: `1.0 ${name}`, overHttp11: `1.1 ${name}` };
  const plane: Plane = { ...rest, via, entries: prepareRoutes(parts) };
  return {
    request: (req, res) => handle(plane, req, res, undefined),
    checkContinue: (req, res) => handle(plane, req, res, undefined),
    upgrade: (req, socket, head) => handle(plane, req, openUpgradeReply(req, socket), head),
    answerClientError: (error) => answerClientError(plane, error),
    upstreams: new Set(Array.from(plane.entries.values(), upstreamsOf).flat()),
  };
}

function prepareRoutes({ routes, proxy, management, trustedProxies }: DataPlaneParts): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { gate, hosts, upstream, limits: requestLimits, passHeaders = [] } of routes) {
    const { source } = gate.api;
    const { headers: stripped, subprotocol, query } = placesOf(source);
    const queryKey = query === undefined ? undefined : createQueryKey(query);
    const rules = { stripped, subprotocol, query, passed: passHeaders, forwardedHeader: trustedProxies.header };
    const destinations = {
      live: openDestinations(proxy, upstream.live, rules),
      test: openDestinations(proxy, upstream.test, rules),
    };
    const vary = [...keyHeadersOf(source), ...(gate.cors?.isVaried === true ? ['Origin'] : [])];
    const findManagedPath = createDialectManagement(gate, management);
    const limits = prepareLimits(requestLimits);
    const passesTraces = passHeaders.includes('traceparent');
    const entry = {
      gate,
      destinations,
      limits,
      isCacheable: isCacheable(source),
      queryKey,
      passesTraces,
      vary,
      findManagedPath,
    };
    for (const [host, environment] of hosts) entries.set(host, { ...entry, environment });
  }
  return entries;
}

function upstreamsOf({ destinations: { live, test } }: Entry): Upstream[] {
  return [live, test].flatMap(({ main, byPrefix }) => [
    main.upstream,
    ...byPrefix.map(({ destination }) => destination.upstream),
  ]);
}

async function answerClientError(plane: Plane, { fault, host, socket }: ClientError): Promise<Reply | undefined> {
  const entry = plane.entries.get(hostNameOf(host) ?? '');
  if (entry === undefined) return undefined;
  const { gate, environment } = entry;
  // The parser failed on the message, so none of its fields can be trusted.
  const unread = { method: '', path: '', rawHeaders: [] } as const;
  const clientAddress = peerAddressOf({ socket });
  const request: GuardedRequest<Reply | undefined> = {
    carrier: 'proxy',
    arrivedAtMs: performance.now(),
    gate,
    facts: { ...unread, clientAddress, environment },
    requestId: createRequestId(),
    allow: () => undefined,
    answer: (reply) => reply,
  };
  return guard(request, fault);
}

function handle(
  plane: Plane,
  req: IncomingMessage,
  res: ServerResponse,
  upgradeHead: Buffer | undefined,
): void | Promise<void> {
  const { rawHeaders } = req;
  const head = readRequestHead(rawHeaders);
  if (head.isLast) res.shouldKeepAlive = false;
  const { health, publishedKeys } = plane;
  if (health !== undefined && req.url === health.path && isPlainRead(req, head, upgradeHead))
    return answerHealth(req, res, health);
  const entry = plane.entries.get(head.host);
  if (
    publishedKeys !== undefined &&
    req.url === publishedKeys.path &&
    (entry === undefined || publishedKeys.isUnderApiHosts) &&
    isPlainRead(req, head, upgradeHead)
  ) {
    closeUnlessDrainable(req, res);
    return answerJwks(res, plane.assertions.jwks);
  }
  if (entry === undefined) {
    if (upgradeHead === undefined && plane.console?.hosts.has(head.host) === true) {
      if (isAwaitingContinue(req)) res.writeContinue();
      return plane.console.request(req, res);
    }
    return answerWithoutApi(req, res, head.fault === undefined ? unknownHost : malformedHead);
  }
  const { queryKey } = entry;
  const url = req.url as string;
  // Here, so that nothing behind this line sees the key: no route, no upstream and no log.
  if (queryKey !== undefined) req.url = queryKey.remove(url);
  const facts: RequestFacts = {
    method: req.method as string,
    path: pathOf(url),
    query: queryKey === undefined ? undefined : queryOf(url),
    rawHeaders,
    clientAddress: clientAddressOf(req, head, plane.trustedProxies),
    environment: entry.environment,
  };
  // For TRACE, the upstream would echo the request with the credentials of other layers (ASVS 13.4.4).
  const fault = head.fault ?? (facts.method === 'TRACE' ? 'method_not_allowed' : faultOfTarget(facts));
  return guard(new Passage(plane, req, res, entry, facts, head, upgradeHead), fault);
}

/** Accepts a path, and `*` for OPTIONS (RFC 9112 §3.2). The proxy can't forward any other target. */
function faultOfTarget({ method, path }: RequestFacts): 'bad_request' | undefined {
  return path.charCodeAt(0) === slash || (path === '*' && method === 'OPTIONS') ? undefined : 'bad_request';
}

/** Ignores the Host: a load balancer may send the address of a node, or no name. Malformed requests don't count. */
function isPlainRead({ method }: IncomingMessage, { fault }: RequestHead, upgradeHead: Buffer | undefined): boolean {
  return (method === 'GET' || method === 'HEAD') && fault === undefined && upgradeHead === undefined;
}

async function answerHealth(req: IncomingMessage, res: ServerResponse, { isHealthy }: Health): Promise<void> {
  const status = (await isHealthy()) ? 200 : 503;
  closeUnlessDrainable(req, res);
  res.writeHead(status, ['Content-Length', '0', 'Cache-Control', 'no-store']).end();
}

/** A request on its way through the data plane. */
class Passage extends OpenExchange implements GuardedRequest<void> {
  readonly carrier = 'proxy';
  readonly arrivedAtMs = performance.now();
  readonly plane: Plane;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly entry: Entry;
  readonly gate: Gate;
  readonly head: RequestHead;
  readonly requestId: string;
  readonly isPeerTrusted: boolean;
  /** Bytes that came with an upgrade request; `undefined` for ordinary requests. */
  readonly upgradeHead: Buffer | undefined;
  readonly managed: ManagedPath | undefined;
  readonly trace: RequestTrace | undefined;
  /** The exchange with the upstream, once the proxy has begun it. */
  carried: Carried | undefined = undefined;
  /** When the request went to its upstream. Known only while the access log is on. */
  forwardedAtMs: number | undefined = undefined;
  /** Why the request was cut after it had been allowed. */
  endedBy: Reason | undefined = undefined;

  constructor(
    plane: Plane,
    req: IncomingMessage,
    res: ServerResponse,
    entry: Entry,
    facts: RequestFacts,
    head: RequestHead,
    upgradeHead: Buffer | undefined,
  ) {
    super(facts);
    this.plane = plane;
    this.req = req;
    this.res = res;
    this.entry = entry;
    this.gate = entry.gate;
    this.head = head;
    this.isPeerTrusted = isFromTrustedProxy(req, plane.trustedProxies);
    this.requestId = (this.isPeerTrusted ? findRequestId(req.rawHeaders) : undefined) ?? createRequestId();
    this.upgradeHead = upgradeHead;
    this.managed = entry.findManagedPath?.(facts.path);
    this.trace = this.gate.tracing === undefined ? undefined : this.#beginTrace(this.gate.tracing);
  }

  #beginTrace(tracing: Tracing): RequestTrace {
    const { gate, facts, arrivedAtMs } = this;
    const path = gate.redactor.redactPath(facts.path, gate.api);
    const request = { apiId: gate.api.id, method: facts.method, path, arrivedAtMs };
    return tracing.begin(request, this.#isTraceKept ? facts.rawHeaders : undefined);
  }

  /** Whether the trace context of the message goes on. */
  get #isTraceKept(): boolean {
    return this.isPeerTrusted || this.entry.passesTraces;
  }

  /** Without spans of our own, the trace that the message names, if its context goes on. */
  get traceId(): string | undefined {
    return this.trace?.traceId ?? (this.#isTraceKept ? findTraceId(this.facts.rawHeaders) : undefined);
  }

  allow(allowed: Allowed): void | Promise<void> {
    const { key, digest } = allowed;
    this.orgId = key.orgId;
    this.digest = digest;
    if (this.managed !== undefined) {
      // Recorded before the command runs, so that a list of keys in the reply includes this use.
      const { gate, facts } = this;
      gate.usage.recordUse(key, ownReplyUse, facts.clientAddress, gate.routeOf(key, facts));
      return manage(this, this.managed, key, allowed);
    }
    const assertion = this.plane.assertions.assert(key);
    if (typeof assertion === 'string') return forward(this, allowed, assertion);
    return assertion.then(
      (late) => forward(this, allowed, late),
      () => answerProblem(this, 'unavailable', key, allowed.rate),
    );
  }

  /** Management routes always need a caller, so a public path does not open them. */
  allowPublic(decide: () => void | Promise<void>): void | Promise<void> {
    return this.managed === undefined ? forwardPublic(this) : decide();
  }

  /** On a management route, a credential that is not a key may be a member's session token. */
  claim(refused: Refused): Promise<void> | undefined {
    if (this.managed === undefined || !mayBeSession(refused)) return undefined;
    return manageForMember(this, this.managed, refused);
  }

  answer(reply: Reply): void {
    const { req, res } = this;
    closeUnlessDrainable(req, res);
    res.writeHead(reply.status, reply.headers);
    res.end(reply.body);
    this.trace?.end({ status: reply.status, reason: undefined });
  }

  end(reason: Reason): void {
    this.endedBy = reason;
    if (this.carried === undefined) this.req.destroy();
    else this.carried.cut();
  }
}

/** A member has no rate limit, and no referrers as a key has. */
const ofMember: Pick<Allowed, 'rate' | 'referrers'> = { rate: undefined, referrers: [] };

function manageForMember(passage: Passage, managed: ManagedPath, refused: Refused): Promise<void> {
  return managed.findMember(passage).then(
    (member) => (member === undefined ? refuse(passage, refused) : manage(passage, managed, member, ofMember)),
    (error: unknown) => {
      passage.plane.management.onFault(error);
      answerProblem(passage, 'unavailable', undefined, undefined);
    },
  );
}

function manage(
  passage: Passage,
  managed: ManagedPath,
  caller: ManagedRequest['caller'],
  { rate, referrers }: Pick<Allowed, 'rate' | 'referrers'>,
): Promise<void> {
  const { req, facts, requestId } = passage;
  return managed
    .answer({
      facts,
      caller,
      rate,
      requestId,
      target: req.url as string,
      contentType: req.headers['content-type'],
      readBody: () => readManagedBody(passage, 'seq' in caller),
    })
    .then((reply) => {
      const key = 'seq' in caller ? caller : undefined;
      logAccess(passage, { status: reply.status, key, bytes: Buffer.byteLength(reply.body) });
      passage.answer(shareWithPage(passage, reply, referrers));
    });
}

/** Reads the body. The exchange stays open meanwhile, so that revoking its key stops the command. */
function readManagedBody(passage: Passage, isFromKey: boolean): Promise<Buffer | undefined> {
  const { req, res } = passage;
  const { openExchanges } = passage.gate;
  if (isAwaitingContinue(req)) res.writeContinue();
  if (isFromKey && !res.closed) {
    openExchanges.add(passage);
    res.on('close', () => openExchanges.delete(passage));
  }
  return collectBody(req, (bytes) => {
    openExchanges.delete(passage);
    return bytes;
  });
}

function forward(passage: Passage, allowed: Allowed, assertion: string): void {
  const { plane, req, entry, gate, facts, requestId } = passage;
  const onOutcome: OnOutcome = (outcome) => finish(passage, allowed, outcome);
  const destination = findDestination(passage, allowed.key.environment, onOutcome);
  if (destination === undefined) return;
  const identity = identityOf(allowed.key);
  identity.push(assertionField, assertion);
  const responseHeaders = ['X-Request-Id', requestId];
  if (allowed.rate !== undefined) appendRateHeaders(responseHeaders, gate.dialect, allowed.rate);
  if (gate.cors !== undefined) responseHeaders.push(...gate.cors.headersFor(facts.rawHeaders, allowed.referrers));
  const input: ForwardInput = {
    keyId: allowed.key.id,
    orgId: allowed.key.orgId,
    upstream: destination.upstream,
    limits: entry.limits,
    method: facts.method,
    target: destination.basePath + req.url,
    requestHeaders: finishHeaders(passage, destination, identity),
    responseHeaders,
    via: plane.via?.overHttp11,
    vary: entry.vary,
    isCorsOurs: gate.cors !== undefined,
    isCacheControlPrivate: entry.isCacheable,
  };
  gate.openExchanges.add(passage);
  carry(passage, input, onOutcome);
}

/**
 * Forwards a request that needs no key, without identity headers. All such requests together get one key's share of the
 * upstream's connections.
 */
function forwardPublic(passage: Passage): void {
  const { plane, req, entry, gate, facts, requestId } = passage;
  const onOutcome: OnOutcome = (outcome) => {
    observeEnd(passage, outcome);
    if (outcome.kind !== 'answered' || outcome.status !== 101) gate.openExchanges.delete(passage);
    if (outcome.kind === 'answered') logEnd(passage, undefined, outcome.status, undefined);
    else answerFailure(passage, outcome, undefined, undefined);
    return undefined;
  };
  const destination = findDestination(passage, entry.environment ?? 'live', onOutcome);
  if (destination === undefined) return;
  const responseHeaders = ['X-Request-Id', requestId];
  if (gate.cors !== undefined) responseHeaders.push(...gate.cors.headersFor(facts.rawHeaders, undefined));
  const input: ForwardInput = {
    keyId: '',
    orgId: '',
    upstream: destination.upstream,
    limits: entry.limits,
    method: facts.method,
    target: destination.basePath + req.url,
    requestHeaders: finishHeaders(passage, destination, []),
    responseHeaders,
    via: plane.via?.overHttp11,
    vary: gate.cors?.isVaried === true ? ['Origin'] : [],
    isCorsOurs: gate.cors !== undefined,
    isCacheControlPrivate: false,
  };
  gate.openExchanges.add(passage);
  carry(passage, input, onOutcome);
}

/** Finds the destination of a request. `undefined`: there is none, and `onOutcome` has been called. */
function findDestination(
  { plane, req, head, entry, facts }: Passage,
  environment: Environment,
  onOutcome: OnOutcome,
): Destination | undefined {
  const destination = chooseDestination(entry.destinations[environment], facts.path);
  if (destination === undefined || (destination.basePath !== '' && req.url === '*')) {
    void onOutcome({ kind: 'request_invalid', error: new Error('the path belongs to no upstream') });
    return undefined;
  }
  if (plane.via !== undefined && head.via !== undefined && countPasses(head.via, plane.via.name) > maxPasses) {
    void onOutcome({ kind: 'upstream_failed', cause: 'loop', error: new Error('the request goes round in circles') });
    return undefined;
  }
  return destination;
}

function carry(passage: Passage, input: ForwardInput, onOutcome: OnOutcome): void {
  const { plane, req, res, gate, upgradeHead } = passage;
  if (gate.accessLog.isOn) passage.forwardedAtMs = performance.now();
  if (upgradeHead !== undefined) {
    const onTunnelEnd = () => gate.openExchanges.delete(passage);
    passage.carried = plane.proxy.upgrade(req, res, upgradeHead, input, onOutcome, onTunnelEnd);
    return;
  }
  if (isAwaitingContinue(req)) res.writeContinue();
  passage.carried = plane.proxy.forward(req, res, input, onOutcome);
}

/** The headers for the upstream. `identity` are those that name the caller. */
function finishHeaders(passage: Passage, destination: Destination, identity: string[]): string[] {
  const { req, facts, trace, isPeerTrusted } = passage;
  const headers = destination.finishHeaders(req.rawHeaders, headersForUpstream(passage, identity), isPeerTrusted);
  const server = destination.upstream.serverName;
  return trace === undefined ? headers : trace.forward({ method: facts.method, server }, headers);
}

/** Adds to `headers` the headers that every request to an upstream has. */
function headersForUpstream(passage: Passage, headers: string[]): string[] {
  const { req, head, requestId, plane, isPeerTrusted } = passage;
  headers.push(
    'X-Request-Id',
    requestId,
    'X-Forwarded-Host',
    req.headers.host ?? head.host,
    'X-Forwarded-Proto',
    (isPeerTrusted ? clientSchemeOf(req, head, plane.trustedProxies) : undefined) ?? 'http',
  );
  pushClientAddress(headers, passage);
  const { via } = plane;
  if (via !== undefined) headers.push('Via', req.httpVersionMinor === 1 ? via.overHttp11 : via.overHttp10);
  return headers;
}

/** Adds the client's address: in `X-Forwarded-For`, and in the header that trusted proxies use if it is another. */
function pushClientAddress(headers: string[], { req, head, facts, plane, isPeerTrusted }: Passage): void {
  const peer = peerAddressOf(req) ?? 'unknown';
  const client = facts.clientAddress ?? (isPeerTrusted ? 'unknown' : peer);
  const { header } = plane.trustedProxies;
  if (header === defaultForwardedHeader) {
    const isChain = isPeerTrusted && head.forwardedFor !== undefined;
    headers.push('X-Forwarded-For', isChain ? `${head.forwardedFor}, ${peer}` : client);
    return;
  }
  headers.push('X-Forwarded-For', isPeerTrusted && client !== peer ? `${client}, ${peer}` : client);
  if (header === 'forwarded') headers.push('Forwarded', formatForwarded(peer));
  else if (client !== 'unknown') headers.push(header, client);
}

/**
 * Runs at the end of the exchange, before its last byte leaves. Records the use, and answers in the dialect unless the
 * upstream has answered.
 */
function finish(passage: Passage, { key, rate }: Allowed, outcome: ForwardOutcome): Promise<void> | undefined {
  const { facts, gate, carried } = passage;
  const { usage, openExchanges } = gate;
  const use = useOf(passage, key, outcome);
  const route = gate.routeOf(key, facts);
  const headAtMs = carried?.headAtMs;
  const responseMs = headAtMs === undefined ? undefined : headAtMs - passage.arrivedAtMs;
  observeEnd(passage, outcome);
  if (outcome.kind === 'answered') {
    logEnd(passage, key, outcome.status, undefined);
    // A tunnel does not wait for the record, and its exchange stays open.
    if (outcome.status === 101) {
      usage.recordUse(key, use, facts.clientAddress, route, responseMs);
      return undefined;
    }
    openExchanges.delete(passage);
    return usage.recordUseInTurn(key, use, facts.clientAddress, route, responseMs);
  }
  openExchanges.delete(passage);
  usage.recordUse(key, use, facts.clientAddress, route, responseMs);
  answerFailure(passage, outcome, key, rate);
  return undefined;
}

/** Counts what the exchange took and how the upstream failed. A WebSocket has no end of a reply, so it is not timed. */
function observeEnd({ gate: { traffic }, arrivedAtMs, trace }: Passage, outcome: ForwardOutcome): void {
  if (trace !== undefined) endUpstreamSpan(trace, outcome);
  if (outcome.kind === 'upstream_failed') traffic.countFailure(kindOf(outcome));
  else if (outcome.kind !== 'answered' || outcome.status === 101) return;
  traffic.exchanges.observe(performance.now() - arrivedAtMs);
}

function endUpstreamSpan(trace: RequestTrace, outcome: ForwardOutcome): void {
  const status = 'status' in outcome && outcome.status > 0 ? outcome.status : undefined;
  const kind = outcome.kind === 'upstream_failed' ? kindOf(outcome) : outcome.kind;
  trace.endUpstream({ status, failure: kind === 'answered' ? undefined : kind });
}

function answerFailure(
  passage: Passage,
  outcome: Exclude<ForwardOutcome, { kind: 'answered' }>,
  key: AuthorizedKey | undefined,
  rate: RateState | undefined,
): void {
  if (outcome.kind === 'upstream_failed')
    passage.plane.onUpstreamFailure({
      api: passage.gate.api.id,
      cause: outcome.cause,
      reason: reasonOf(outcome.error),
      requestId: passage.requestId,
      traceId: passage.traceId,
    });
  const isLate = passage.res.headersSent;
  if (outcome.kind === 'client_aborted' || isLate) {
    const reason = outcome.kind === 'client_aborted' ? 'client_left' : reasonOfEnd(passage, outcome);
    logEnd(passage, key, isLate ? passage.res.statusCode : undefined, reason);
    return;
  }
  answerProblem(passage, reasonOfEnd(passage, outcome), key, rate);
}

function reasonOfEnd(
  passage: Passage,
  outcome: Exclude<ForwardOutcome, { kind: 'answered' | 'client_aborted' }>,
): Problem {
  return outcome.kind === 'cut' ? (passage.endedBy ?? 'unavailable') : problemOf(outcome);
}

/** Answers a request that may pass, but to which the upstream has not replied. */
function answerProblem(
  passage: Passage,
  problem: Problem,
  key: AuthorizedKey | undefined,
  rate: RateState | undefined,
): void {
  const reply = renderAt(passage, problem, rate);
  const { forwardedAtMs } = passage;
  logAccess(passage, {
    status: reply.status,
    reason: problem,
    key,
    bytes: Buffer.byteLength(reply.body),
    forwardedAtMs,
  });
  passage.answer(reply);
}

/** Logs a request whose reply is the upstream's, as far as it came. */
function logEnd(
  passage: Passage,
  key: AuthorizedKey | undefined,
  status: number | undefined,
  reason: Problem | 'client_left' | undefined,
): void {
  const { carried, forwardedAtMs, trace } = passage;
  trace?.end({ status, reason });
  logAccess(passage, { status, reason, key, bytes: carried?.replyBytes, forwardedAtMs });
}

const slash = 0x2f;

/** Longest time that a client which still sends gets to read an early reply. */
const lingerMs = 10_000;

/**
 * A session token either lacks the form of the API's secrets, matches no key, or is in `Authorization` where the API
 * takes its keys elsewhere.
 */
function mayBeSession({ reason }: Refused): boolean {
  return reason === 'credential_malformed' || reason === 'key_unknown' || reason === 'credential_missing';
}

/**
 * A client that ends a reply which has begun is billed like one that reads it all: else a client could leave before the
 * last byte and pay nothing.
 */
function useOf({ gate, facts }: Passage, { environment }: AuthorizedKey, outcome: ForwardOutcome): Use {
  switch (outcome.kind) {
    case 'upstream_failed':
      return gate.useOf('upstream_failed', environment, facts.method);
    case 'share_exceeded':
      return refusedUses.unavailable;
    case 'request_invalid':
      return ownReplyUse;
    default:
      if (outcome.status > 0) return gate.useOf(statusClassOf(outcome.status), environment, facts.method);
      return outcome.kind === 'client_aborted' ? gate.useOf('client_left', environment, facts.method) : ownReplyUse;
  }
}

function problemOf(outcome: Exclude<ForwardOutcome, { kind: 'answered' | 'client_aborted' | 'cut' }>): Problem {
  switch (outcome.kind) {
    case 'body_too_large':
      return 'body_too_large';
    case 'body_too_slow':
      return 'request_timeout';
    case 'share_exceeded':
      return 'unavailable';
    case 'request_invalid':
      return 'bad_request';
    case 'upstream_failed':
      if (outcome.cause === 'overloaded') return 'unavailable';
      return outcome.cause === 'timeout' ? 'upstream_timeout' : 'upstream_failed';
  }
}

/**
 * After a reply of our own, the server reads the rest of the body and drops it. If the body is large or its length is
 * unknown, the connection closes instead.
 */
function closeUnlessDrainable(req: IncomingMessage, res: ServerResponse): void {
  if (req.complete) return;
  const length = announcedBodyLength(req.rawHeaders);
  if (length < 0 || length > drainableBytes || isAwaitingContinue(req)) closeGently(req, res, lingerMs);
}

function isAwaitingContinue(req: IncomingMessage): boolean {
  return req.headers.expect?.toLowerCase() === '100-continue';
}

/** RFC 9110 §15.5.20: this listener does not serve the host. */
const unknownHost = {
  type: 'about:blank',
  title: 'Misdirected Request',
  status: 421,
  detail: 'No API is served under this host name. Check the Host header against the hosts in the configuration.',
} as const;

const malformedHead = {
  type: 'about:blank',
  title: 'Bad Request',
  status: 400,
  detail: 'The request head is malformed: send one Host header, with or without a port, and plain headers.',
} as const;

/** Answers with a problem (RFC 9457), because without an API there is no dialect. */
function answerWithoutApi(
  req: IncomingMessage,
  res: ServerResponse,
  problem: typeof unknownHost | typeof malformedHead,
): void {
  const body = JSON.stringify(problem);
  if (problem === malformedHead) res.shouldKeepAlive = false;
  closeUnlessDrainable(req, res);
  res.writeHead(problem.status, [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
  ]);
  res.end(body);
}
