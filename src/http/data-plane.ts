// The data plane: routes a request by its Host, has it decided, answers refusals in the vendor's dialect, lets keys look after
// keys where the vendor has routes for it, proxies the rest.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuthorizedKey, Environment } from '../domain/api-key.ts';
import type { TrustedProxies } from '../domain/client-address.ts';
import { headerOf } from '../domain/credential.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Allowed, Reason, Refused, Verdict } from '../domain/verdict.ts';
import { OpenExchange } from '../engine/open-exchanges.ts';
import type { UsageOutcome } from '../engine/ports.ts';
import type { Assertions } from '../gateway/assertion.ts';
import type { ForwardInput, OnOutcome } from '../gateway/exchange.ts';
import { createIdentityHeaders, type FinishHeaders } from '../gateway/identity-headers.ts';
import type { ForwardOutcome, UpstreamFailure } from '../gateway/outcome.ts';
import type { Carried, ReverseProxy } from '../gateway/proxy.ts';
import { announcedBodyLength } from '../gateway/request-body.ts';
import { openUpgradeReply } from '../gateway/tunnel.ts';
import { chargeFault, type Gate, recordRefusal } from '../profiles/gate.ts';
import type { Problem } from '../profiles/profile.ts';
import { appendRateHeaders, type Reply, renderProblem } from '../profiles/reply.ts';
import {
  createDialectManagement,
  type FindManagedPath,
  type ManagedPath,
  type ManagedRequest,
  type ManagementParts,
} from './dialect-management.ts';
import { identityOf } from './identity.ts';
import { clientAddressOf, isFromTrustedProxy, pathOf, type RequestHead, readRequestHead } from './request-head.ts';
import { createRequestId } from './request-id.ts';
import { collectBody } from './wire/json-body.ts';

/** One protected API on the public listener. */
export interface ApiRoute {
  readonly gate: Gate;
  /** Host names, lower case; the environment a host is bound to, `undefined` when the key tells. */
  readonly hosts: ReadonlyMap<string, Environment | undefined>;
  /** The origin that serves each environment. */
  readonly upstream: Readonly<Record<Environment, string>>;
  /** Fields to let through that would be removed otherwise (`createIdentityHeaders`). Default: none. */
  readonly passHeaders?: readonly string[];
}

export interface DataPlaneParts {
  readonly routes: readonly ApiRoute[];
  readonly proxy: ReverseProxy;
  readonly trustedProxies: TrustedProxies;
  readonly assertions: Assertions;
  readonly management: ManagementParts;
  /** Hosts that are no API's, and what answers there. */
  readonly console?: {
    readonly hosts: ReadonlySet<string>;
    readonly request: (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;
  };
  /** Told of upstream failures, for the log: no header, body or query is handed over. */
  readonly onUpstreamFailure: (apiId: string, cause: UpstreamFailure) => void;
}

/** The listener's handlers for `http.Server` events of the same names. They throw and reject with defects only. */
export interface DataPlane {
  request(req: IncomingMessage, res: ServerResponse): void | Promise<void>;
  checkContinue(req: IncomingMessage, res: ServerResponse): void | Promise<void>;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void | Promise<void>;
}

/** A route as prepared once, with what its requests need on the way to the upstream. */
interface Entry {
  readonly gate: Gate;
  readonly environment: Environment | undefined;
  readonly upstream: Readonly<Record<Environment, string>>;
  readonly finishHeaders: FinishHeaders;
  readonly credentialHeader: string;
  /** Where the dialect has management routes. */
  readonly findManagedPath: FindManagedPath | undefined;
}

/** A request on its way through the data plane. */
class Passage extends OpenExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly entry: Entry;
  readonly head: RequestHead;
  readonly requestId: string;
  /** Bytes that came with an upgrade request; `undefined` for ordinary requests. */
  readonly upgradeHead: Buffer | undefined;
  /** What the proxy carries for it. */
  carried: Carried | undefined = undefined;
  /** Why it may not go on, since it was let through. */
  endedBy: Reason | undefined = undefined;

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    entry: Entry,
    facts: RequestFacts,
    head: RequestHead,
    upgradeHead: Buffer | undefined,
  ) {
    super(facts);
    this.req = req;
    this.res = res;
    this.entry = entry;
    this.head = head;
    this.requestId = createRequestId();
    this.upgradeHead = upgradeHead;
  }

  end(reason: Reason): void {
    this.endedBy = reason;
    if (this.carried === undefined) this.req.destroy();
    else this.carried.cut();
  }
}

/** A refused body of up to this size is read and dropped so that the connection can be used again; a larger one closes it. */
const drainableBodyBytes = 64 * 1024;

export function createDataPlane(parts: DataPlaneParts): DataPlane {
  const { proxy, trustedProxies, assertions, onUpstreamFailure } = parts;
  const entries = new Map<string, Entry>();
  for (const { gate, hosts, upstream, passHeaders = [] } of parts.routes) {
    const credentialHeader = headerOf(gate.api.source);
    const finishHeaders = createIdentityHeaders({ stripped: [credentialHeader], passed: passHeaders });
    const findManagedPath = createDialectManagement(gate, parts.management);
    for (const [host, environment] of hosts) {
      entries.set(host, { gate, environment, upstream, finishHeaders, credentialHeader, findManagedPath });
    }
  }

  function handle(req: IncomingMessage, res: ServerResponse, upgradeHead: Buffer | undefined): void | Promise<void> {
    const { rawHeaders } = req;
    const head = readRequestHead(rawHeaders);
    if (head.isLast) res.shouldKeepAlive = false;
    const entry = entries.get(head.host);
    if (entry === undefined) {
      if (upgradeHead === undefined && parts.console?.hosts.has(head.host) === true) {
        if (isAwaitingContinue(req)) res.writeContinue();
        return parts.console.request(req, res);
      }
      return answerWithoutApi(req, res, head.fault === undefined ? unknownHost : malformedHead);
    }
    const facts: RequestFacts = {
      method: req.method as string,
      path: pathOf(req.url as string),
      rawHeaders,
      clientAddress: clientAddressOf(req, head.forwardedFor, trustedProxies),
      environment: entry.environment,
    };
    const passage = new Passage(req, res, entry, facts, head, upgradeHead);
    // TRACE would have the upstream echo the request, credentials of other layers included (ASVS 13.4.4).
    const fault = head.fault ?? (facts.method === 'TRACE' ? 'method_not_allowed' : undefined);
    if (fault !== undefined) {
      return chargeFault(entry.gate, fault, facts).then(({ problem, rate }) => answer(passage, problem, rate));
    }
    const verdict = entry.gate.authorize(facts);
    if (verdict instanceof Promise) return verdict.then((late) => conclude(passage, late));
    return conclude(passage, verdict);
  }

  function conclude(passage: Passage, verdict: Verdict): void | Promise<void> {
    const managed = passage.entry.findManagedPath?.(passage.facts.path);
    if (verdict.kind === 'refused') {
      if (managed === undefined || !mayBeSession(verdict)) return refuse(passage, verdict);
      return manageForMember(passage, verdict, managed);
    }
    passage.orgId = verdict.key.orgId;
    passage.digest = verdict.digest;
    if (managed !== undefined) {
      // Before the command, so that a list which it gives tells of this use too.
      passage.entry.gate.usage.recordUse(verdict.key, 'allowed', passage.facts.clientAddress);
      return manage(passage, verdict.key, verdict.rate, managed);
    }
    const assertion = assertions.assert(verdict.key);
    if (typeof assertion === 'string') return forward(passage, verdict, assertion);
    return assertion.then(
      (late) => forward(passage, verdict, late),
      () => answer(passage, 'unavailable', verdict.rate),
    );
  }

  function refuse(passage: Passage, refused: Refused): void {
    recordRefusal(passage.entry.gate, refused, passage.facts);
    answer(passage, refused.reason, refused.rate);
  }

  /** What is no key may be a person's session token. */
  function manageForMember(passage: Passage, refused: Refused, managed: ManagedPath): Promise<void> {
    return managed.findMember(passage).then(
      (member) => (member === undefined ? refuse(passage, refused) : manage(passage, member, undefined, managed)),
      (error: unknown) => {
        parts.management.onFault(error);
        answer(passage, 'unavailable', undefined);
      },
    );
  }

  function manage(
    passage: Passage,
    caller: ManagedRequest['caller'],
    rate: RateState | undefined,
    managed: ManagedPath,
  ): Promise<void> {
    const { req, res, facts, requestId } = passage;
    const { openExchanges } = passage.entry.gate;
    const readBody = (): Promise<Buffer | undefined> => {
      if (isAwaitingContinue(req)) res.writeContinue();
      // A key that was revoked while its body came must not carry out what the body asks for.
      if ('seq' in caller && !res.closed) {
        openExchanges.add(passage);
        res.on('close', () => openExchanges.delete(passage));
      }
      return collectBody(req, (bytes) => {
        openExchanges.delete(passage);
        return bytes;
      });
    };
    return managed
      .answer({
        facts,
        caller,
        rate,
        requestId,
        target: req.url as string,
        contentType: req.headers['content-type'],
        readBody,
      })
      .then((reply) => send(passage, reply));
  }

  function forward(passage: Passage, allowed: Allowed, assertion: string): void {
    const { req, res, entry, facts, requestId, upgradeHead } = passage;
    const { gate } = entry;
    const responseHeaders = ['X-Request-Id', requestId];
    if (allowed.rate !== undefined) appendRateHeaders(responseHeaders, gate.dialect, allowed.rate);
    const input: ForwardInput = {
      keyId: allowed.key.id,
      orgId: allowed.key.orgId,
      origin: entry.upstream[allowed.key.environment],
      method: facts.method,
      target: req.url as string,
      requestHeaders: entry.finishHeaders(
        req.rawHeaders,
        headersForUpstream(passage, allowed.key, assertion),
        isFromTrustedProxy(req, trustedProxies),
      ),
      responseHeaders,
      vary: entry.credentialHeader,
      // RFC 9111 §3.5 keeps shared caches off replies to requests with Authorization; a key in another header needs this.
      isCacheControlPrivate: entry.credentialHeader !== 'authorization',
    };
    const onOutcome: OnOutcome = (outcome) => finish(passage, allowed, outcome);
    gate.openExchanges.add(passage);
    if (upgradeHead !== undefined) {
      const onTunnelEnd = () => gate.openExchanges.delete(passage);
      passage.carried = proxy.upgrade(req, res, upgradeHead, input, onOutcome, onTunnelEnd);
      return;
    }
    if (isAwaitingContinue(req)) res.writeContinue();
    passage.carried = proxy.forward(req, res, input, onOutcome);
  }

  function headersForUpstream(passage: Passage, key: AuthorizedKey, assertion: string): string[] {
    const { req, head, facts, requestId } = passage;
    const peer = clientAddressOf(req, undefined, trustedProxies) ?? 'unknown';
    const isPeerTrusted = head.forwardedFor !== undefined && isFromTrustedProxy(req, trustedProxies);
    const proto = isPeerTrusted && head.forwardedProto === 'https' ? 'https' : 'http';
    const headers = identityOf(key);
    headers.push(
      'X-Miftah-Assertion',
      assertion,
      'X-Request-Id',
      requestId,
      'X-Forwarded-For',
      isPeerTrusted ? `${head.forwardedFor}, ${peer}` : (facts.clientAddress ?? peer),
      'X-Forwarded-Host',
      req.headers.host ?? head.host,
      'X-Forwarded-Proto',
      proto,
    );
    return headers;
  }

  /** At the end of the exchange, before its last byte leaves: the use is recorded, and what the proxy left unanswered is answered in the dialect. */
  function finish(passage: Passage, { key, rate }: Allowed, outcome: ForwardOutcome): Promise<void> | undefined {
    const { res, facts } = passage;
    const { api, usage, openExchanges } = passage.entry.gate;
    if (outcome.kind === 'answered') {
      // A tunnel does not wait, and stays open.
      if (outcome.status === 101) {
        usage.recordUse(key, 'allowed', facts.clientAddress);
        return undefined;
      }
      openExchanges.delete(passage);
      return usage.recordUseInTurn(key, 'allowed', facts.clientAddress);
    }
    openExchanges.delete(passage);
    if (outcome.kind === 'upstream_failed') onUpstreamFailure(api.id, outcome.cause);
    usage.recordUse(key, usageOf(outcome), facts.clientAddress);
    if (outcome.kind === 'client_aborted' || res.headersSent) return undefined;
    answer(passage, outcome.kind === 'cut' ? (passage.endedBy ?? 'unavailable') : problemOf(outcome), rate);
    return undefined;
  }

  function answer(passage: Passage, problem: Problem, rate: RateState | undefined): void {
    const { api, dialect } = passage.entry.gate;
    send(passage, renderProblem(dialect, api.id, problem, rate, passage.requestId));
  }

  function send({ req, res }: Passage, reply: Reply): void {
    closeUnlessDrainable(req, res);
    res.writeHead(reply.status, reply.headers);
    res.end(reply.body);
  }

  return {
    request: (req, res) => handle(req, res, undefined),
    checkContinue: (req, res) => handle(req, res, undefined),
    upgrade: (req, socket, head) => handle(req, openUpgradeReply(req, socket), head),
  };
}

/** A session token is no secret of the API's form, and nobody's key. */
function mayBeSession({ reason }: Refused): boolean {
  return reason === 'credential_malformed' || reason === 'key_unknown';
}

function usageOf({ kind }: ForwardOutcome): UsageOutcome {
  if (kind === 'upstream_failed') return kind;
  return kind === 'share_exceeded' ? 'unavailable' : 'allowed';
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

/** The rest of a body is read and dropped after a reply of our own. A large or endless body closes the connection instead. */
function closeUnlessDrainable(req: IncomingMessage, res: ServerResponse): void {
  if (req.complete) return;
  const length = announcedBodyLength(req.rawHeaders);
  if (length < 0 || length > drainableBodyBytes || isAwaitingContinue(req)) res.shouldKeepAlive = false;
}

function isAwaitingContinue(req: IncomingMessage): boolean {
  return req.headers.expect?.toLowerCase() === '100-continue';
}

/** RFC 9110 §15.5.20: this listener serves no such host. */
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
  detail: 'The head of the request is malformed: send one Host, a name with or without a port, and plain headers.',
} as const;

/** Without an API there is no dialect: the reply is a problem (RFC 9457). */
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
