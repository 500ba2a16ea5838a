// `/auth/nginx`, `/auth/forward` and `/auth/envoy`: decisions for gateways that forward the request themselves. They are
// answered in the listener, without the framework.
import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http';
import { metadataHeaderOf } from '../../domain/annotations.ts';
import { defaultForwardedHeader, resolveForwardedAddress, type TrustedProxies } from '../../domain/client-address.ts';
import { keyHeadersOf, placesOf } from '../../domain/credential.ts';
import { mayDecide } from '../../domain/grant.ts';
import { OperationalError } from '../../domain/operational-error.ts';
import { queryOf } from '../../domain/query-key.ts';
import type { RequestFacts } from '../../domain/request-facts.ts';
import type { Allowed } from '../../domain/verdict.ts';
import type { Assertions } from '../../gateway/assertion.ts';
import { announcedBodyLength } from '../../gateway/request-body.ts';
import { logAccess } from '../../profiles/access.ts';
import type { Gate } from '../../profiles/gate.ts';
import { type GuardedRequest, guard, recordBefore, renderAt } from '../../profiles/guard.ts';
import type { Fault } from '../../profiles/profile.ts';
import { appendRateHeaders, type Reply, rateHeaderNames } from '../../profiles/reply.ts';
import { assertionField, identityFields, identityOf } from '../identity.ts';
import { hostNameOf, pathOf, type RequestHead, readRequestHead } from '../request-head.ts';
import { createRequestId } from '../request-id.ts';
import type { TokenAnswer } from '../token-check.ts';
import { describeProblem, type ProblemDetails, problemContentType } from '../wire/problem.ts';
import { type Asked, createReadAsked, type ReadAsked } from './asked.ts';
import {
  type Fact,
  type GatewayDialect,
  type GatewayDialectId,
  gatewayDialects,
  replyField,
  unpackReply,
} from './dialects.ts';
import { type IdentifyGateway, mayNotDecide } from './gateway.ts';

/** What decisions for gateways need. */
export interface DecisionParts {
  readonly apis: readonly {
    readonly gate: Gate;
    /** Override headers that the upstream may get. */
    readonly passHeaders: readonly string[];
  }[];
  readonly assertions: Pick<Assertions, 'assert'>;
}

/**
 * Answers a request for a decision. A gateway that `identify` does not know gets a 401 and no verdict. Throws and
 * rejects only with defects.
 */
export type Decide = (req: IncomingMessage, res: ServerResponse, identify: IdentifyGateway) => void | Promise<void>;

const root = '/auth/';

/** Whether a request asks for a decision. */
export function isDecision({ url }: Pick<IncomingMessage, 'url'>): boolean {
  return url?.startsWith(root) === true;
}

/** Compiles the decisions of all APIs. */
export function createDecide({ apis, assertions }: DecisionParts): Decide {
  const entries = new Map<string, Entry>();
  for (const id of Object.keys(gatewayDialects) as GatewayDialectId[]) {
    for (const { gate, passHeaders } of apis)
      entries.set(`${id}/${gate.api.id}`, openEntry(gate, id, passHeaders, assertions));
  }
  return function decide(req, res, identify) {
    const place = readPlace(req.url as string);
    const entry = place && entries.get(place.id);
    const asked = (entry?.readAsked ?? readOnlyToken)(req.rawHeaders);
    const gateway = identify(req, asked.token);
    if (gateway instanceof Promise) return gateway.then((late) => answer(req, res, { place, entry, asked }, late));
    return answer(req, res, { place, entry, asked }, gateway);
  };
}

/** A request below `/auth/`, read but not answered. */
interface Question {
  /** `undefined`: the path names no dialect. */
  readonly place: Place | undefined;
  /** `undefined`: the path names no API. */
  readonly entry: Entry | undefined;
  readonly asked: Asked;
}

function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { place, entry, asked }: Question,
  { problem, grant }: TokenAnswer,
): void | Promise<void> {
  if (res.destroyed) return;
  if (grant === undefined)
    return answerProblem(req, res, place?.dialect, problem.status === 401 ? tokenWrong : problem);
  if (place === undefined) return answerProblem(req, res, undefined, noSuchPath);
  const { dialect, apiId, rest } = place;
  if (!mayDecide(grant, apiId)) return answerProblem(req, res, dialect, mayNotDecide);
  if (entry === undefined) return answerProblem(req, res, dialect, apiUnknown);
  if (dialect === gatewayDialects.nginx && rest === '/reply') return repeatReply(req, res);
  if (dialect !== gatewayDialects.envoy && rest !== '') return answerProblem(req, res, dialect, noSuchPath);
  const head = readRequestHead(req.rawHeaders);
  if (head.isLast) res.shouldKeepAlive = false;
  const { facts, fault } = stateFacts(entry, req, asked, head, rest);
  return new Decision(entry, facts, req, res).run(fault);
}

/** The parts of `/auth/DIALECT/API/…`. */
interface Place {
  /** `nginx/acme` */
  readonly id: string;
  readonly dialect: GatewayDialect;
  readonly apiId: string;
  /** All after the id of the API. Only Envoy sends a query there. */
  readonly rest: string;
}

function readPlace(url: string): Place | undefined {
  const start = root.length;
  const slash = url.indexOf('/', start);
  const dialect = url.slice(start, slash) as GatewayDialectId;
  if (slash < 0 || !Object.hasOwn(gatewayDialects, dialect)) return undefined;
  let end = slash + 1;
  while (end < url.length && !endsId(url.charCodeAt(end))) end++;
  const rest = dialect === 'envoy' ? url.slice(end) : pathOf(url.slice(end));
  return { id: url.slice(start, end), dialect: gatewayDialects[dialect], apiId: url.slice(slash + 1, end), rest };
}

function endsId(code: number): boolean {
  return code === 0x2f || code === 0x3f;
}

/** One API under one dialect, prepared once for all of its requests. */
interface Entry {
  readonly carrier: GatewayDialectId;
  readonly gate: Gate;
  readonly dialect: GatewayDialect;
  readonly assertions: DecisionParts['assertions'];
  readonly readAsked: ReadAsked;
  readonly trusted: TrustedProxies;
  readonly takesQuery: boolean;
  /** Identity and rate headers without values. */
  readonly noIdentity: readonly string[];
  readonly noRate: readonly string[];
  /** The `Vary` that the client's reply needs, flat. */
  readonly vary: readonly string[];
  /** Logs that the gateway did not send a fact as it must, once for each fact. */
  readonly reportFact: (problem: string) => void;
}

function openEntry(
  gate: Gate,
  carrier: GatewayDialectId,
  passed: readonly string[],
  assertions: DecisionParts['assertions'],
): Entry {
  const dialect = gatewayDialects[carrier];
  const { forwardedMetadata } = gate.api.policy;
  const metadataFields = forwardedMetadata.map(metadataHeaderOf);
  const vary = [...keyHeadersOf(gate.api.source), ...(gate.cors?.isVaried === true ? ['Origin'] : [])];
  const reported = new Set<string>();
  return {
    carrier,
    gate,
    dialect,
    assertions,
    readAsked: createReadAsked(dialect, { passed, forwardedMetadata }),
    // The dialect names the header, not the configuration of the proxies in front of the public listener.
    trusted: { has: (address) => gate.trustedProxies.has(address), header: defaultForwardedHeader },
    takesQuery: placesOf(gate.api.source).query !== undefined,
    noIdentity: [...identityFields, ...metadataFields, assertionField].flatMap((name) => [name, '']),
    noRate: rateHeaderNames(gate.dialect).flatMap((name) => [name, '']),
    vary: vary.length === 0 ? [] : ['Vary', vary.join(', ')],
    reportFact(problem) {
      if (reported.has(problem)) return;
      reported.add(problem);
      gate.onFault(new OperationalError('gateway_facts', `API ${gate.api.id}: the gateway ${problem}`));
    },
  };
}

const methods: ReadonlySet<string> = new Set(METHODS);

/** What the gateway said about one request. A fact that can't be used is a fault, and no rule is satisfied. */
interface Stated {
  readonly facts: RequestFacts;
  readonly fault: Fault | undefined;
}

/** A request of a gateway's client. */
class Decision implements GuardedRequest<void> {
  readonly carrier: GatewayDialectId;
  readonly arrivedAtMs = performance.now();
  readonly gate: Gate;
  readonly facts: RequestFacts;
  readonly requestId = createRequestId();
  readonly #entry: Entry;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;

  constructor(entry: Entry, facts: RequestFacts, req: IncomingMessage, res: ServerResponse) {
    this.carrier = entry.carrier;
    this.gate = entry.gate;
    this.facts = facts;
    this.#entry = entry;
    this.#req = req;
    this.#res = res;
  }

  run(fault: Fault | undefined): void | Promise<void> {
    try {
      return guard(this, fault)?.catch((error: unknown) => this.#giveUp(error));
    } catch (error) {
      return this.#giveUp(error);
    }
  }

  allow(allowed: Allowed): Promise<void> {
    const recorded = recordBefore(this, allowed);
    const assertion = this.#entry.assertions.assert(allowed.key);
    return typeof assertion === 'string'
      ? recorded.then(() => this.#answerAllowed(allowed, assertion))
      : Promise.all([assertion, recorded]).then(([late]) => this.#answerAllowed(allowed, late));
  }

  allowPublic(): void {
    logAccess(this, {});
    const { noIdentity, noRate } = this.#entry;
    this.#send200([...noIdentity, ...noRate], undefined);
  }

  answer(reply: Reply): void {
    send(this.#req, this.#res, this.#entry.dialect.refuse(reply));
  }

  #answerAllowed({ key, rate, referrers }: Allowed, assertion: string): void {
    logAccess(this, { key });
    const { gate, noRate } = this.#entry;
    const headers = identityOf(key);
    for (const name of gate.api.policy.forwardedMetadata)
      if (!Object.hasOwn(key.metadata, name)) headers.push(metadataHeaderOf(name), '');
    headers.push(assertionField, assertion);
    if (rate === undefined) headers.push(...noRate);
    else appendRateHeaders(headers, gate.dialect, rate);
    this.#send200(headers, referrers);
  }

  #send200(headers: string[], referrers: Allowed['referrers'] | undefined): void {
    const { gate, vary } = this.#entry;
    headers.push('X-Request-Id', this.requestId, 'Cache-Control', 'no-store', 'Content-Length', '0', ...vary);
    if (gate.cors !== undefined) headers.push(...gate.cors.headersFor(this.facts.rawHeaders, referrers));
    send(this.#req, this.#res, { status: 200, headers, body: '' });
  }

  /** Refuses a request whose use could not be recorded, or whose assertion could not be signed. */
  #giveUp(error: unknown): void {
    this.gate.onFault(error);
    if (this.#res.headersSent) return;
    const reply = renderAt(this, 'unavailable', undefined);
    logAccess(this, { status: reply.status, reason: 'unavailable' });
    this.answer(reply);
  }
}

function stateFacts(entry: Entry, req: IncomingMessage, asked: Asked, head: RequestHead, rest: string): Stated {
  const { gate, dialect, trusted, takesQuery } = entry;
  const { fields } = dialect;
  const stated: Partial<Record<Fact, string>> = asked.facts;
  const method = fields.method === undefined ? (req.method as string) : stated.method;
  const target = fields.target === undefined ? rest : stated.target;
  const host = fields.host === undefined ? head.host : stated.host && hostNameOf(stated.host);
  const { forwardedFor } = stated;
  const clientAddress = forwardedFor === undefined ? undefined : resolveForwardedAddress(forwardedFor, trusted);
  const environment = host === undefined ? undefined : gate.boundHosts.get(host);
  const facts: RequestFacts = {
    method: method ?? '',
    path: target === undefined ? '' : pathOf(target),
    query: takesQuery && target !== undefined ? queryOf(target) : undefined,
    rawHeaders: req.rawHeaders,
    clientAddress,
    environment,
  };
  if (asked.repeated !== undefined) entry.reportFact(`sent ${asked.repeated} twice: set it, and do not add to it`);
  const needsHost = gate.boundHosts.size > 0;
  const isRequired = (fact: Fact) => dialect.required.includes(fact) || (fact === 'host' && needsHost);
  let isMissing = false;
  for (const fact of factNames) {
    const field = fields[fact];
    if (field === undefined || !isRequired(fact) || (stated[fact] ?? '') !== '') continue;
    isMissing = true;
    entry.reportFact(`sent no ${field}: set it for each request`);
  }
  if (head.fault !== undefined) return { facts, fault: head.fault };
  const isMalformed =
    (stated.host !== undefined && host === undefined) ||
    (needsHost && environment === undefined) ||
    (forwardedFor !== undefined && clientAddress === undefined) ||
    !methods.has(facts.method) ||
    !(facts.path.startsWith('/') || (facts.path === '*' && facts.method === 'OPTIONS'));
  if (asked.repeated !== undefined || asked.forged !== undefined || isMissing || isMalformed)
    return { facts, fault: 'bad_request' };
  // As in the proxy. CONNECT asks for a tunnel, which has no path.
  return { facts, fault: facts.method === 'TRACE' || facts.method === 'CONNECT' ? 'method_not_allowed' : undefined };
}

const factNames: readonly Fact[] = ['method', 'target', 'host', 'forwardedFor'];

/** Repeats a refused reply with its status and body, for a gateway that lost them. It decides and records nothing. */
function repeatReply(req: IncomingMessage, res: ServerResponse): void {
  const at = req.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === replyLowerCase);
  const reply = at < 0 ? undefined : unpackReply(req.rawHeaders[at + 1] as string);
  if (reply === undefined) answerProblem(req, res, gatewayDialects.nginx, noReply);
  else send(req, res, reply);
}

const replyLowerCase = replyField.toLowerCase();

function send(req: IncomingMessage, res: ServerResponse, { status, headers, body }: Reply): void {
  // A gateway has no reason to send the body. If it does, its next request is on another connection.
  if (!req.complete && announcedBodyLength(req.rawHeaders) !== 0) res.shouldKeepAlive = false;
  res.writeHead(status, headers);
  res.end(body);
}

const readOnlyToken = createReadAsked(
  { fields: {}, required: [], refuse: (reply) => reply },
  {
    passed: [],
    forwardedMetadata: [],
  },
);

const tokenWrong = describeProblem(
  'unauthenticated',
  'The gateway is not known: it must send its token once, as X-Miftah-Token.',
);
const noSuchPath = describeProblem(
  'not_found',
  'Decisions are at /auth/nginx/API, /auth/forward/API, /auth/envoy/API/…',
);
const apiUnknown = describeProblem(
  'api_unknown',
  'No API with this id is configured: correct the path at the gateway.',
);
const noReply = describeProblem('not_permitted', 'The gateway refused the request by itself.');

/** Answers a gateway that gets no verdict. */
function answerProblem(
  req: IncomingMessage,
  res: ServerResponse,
  dialect: GatewayDialect | undefined,
  problem: ProblemDetails,
): void {
  const body = JSON.stringify(problem);
  const length = String(Buffer.byteLength(body));
  const headers = ['Content-Type', problemContentType, 'Content-Length', length, 'Cache-Control', 'no-store'];
  headers.push('X-Request-Id', createRequestId());
  // RFC 9110 §15.5.2 requires a challenge. No registered scheme fits a token in a header of its own.
  if (problem.status === 401) headers.push('WWW-Authenticate', 'ApiKey realm="miftah"');
  const reply = { status: problem.status, headers, body };
  send(req, res, dialect === undefined ? reply : dialect.refuse(reply));
}
