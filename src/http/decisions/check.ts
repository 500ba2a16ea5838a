// Decisions for `envoy.service.auth.v3.Authorization/Check`: the facts in a message, and the verdict as a message.
import { type IncomingMessage, METHODS } from 'node:http';
import { canonicalAddress } from '../../domain/address.ts';
import { metadataHeaderOf } from '../../domain/annotations.ts';
import { defaultForwardedHeader, resolveClientAddress, type TrustedProxies } from '../../domain/client-address.ts';
import { keyHeadersOf, placesOf } from '../../domain/credential.ts';
import { mayDecide } from '../../domain/grant.ts';
import { OperationalError } from '../../domain/operational-error.ts';
import { createQueryKey, queryOf } from '../../domain/query-key.ts';
import type { RequestFacts } from '../../domain/request-facts.ts';
import type { Allowed } from '../../domain/verdict.ts';
import { isHopByHop } from '../../gateway/hop-by-hop.ts';
import { createIdentityHeaders } from '../../gateway/identity-headers.ts';
import { logAccess } from '../../profiles/access.ts';
import type { Gate } from '../../profiles/gate.ts';
import { type GuardedRequest, guard, recordBefore, renderAt } from '../../profiles/guard.ts';
import type { Fault } from '../../profiles/profile.ts';
import { appendRateHeaders, type Reply } from '../../profiles/reply.ts';
import { assertionField, identityFields, identityOf } from '../identity.ts';
import { hostNameOf, pathOf, readRequestHead } from '../request-head.ts';
import { createRequestId } from '../request-id.ts';
import { describeProblem, type ProblemDetails, problemContentType } from '../wire/problem.ts';
import { type CheckRequest, decodeCheckRequest, encodeAllowed, encodeDenied } from './check-messages.ts';
import type { DecisionParts } from './decisions.ts';
import { type IdentifyGateway, mayNotDecide } from './gateway.ts';

/** What the decisions need. */
export interface CheckParts {
  readonly apis: readonly (DecisionParts['apis'][number] & {
    /** Lower case, without port. A request without `miftah_api` is for the API that has its host. */
    readonly hosts: Iterable<string>;
  })[];
  readonly assertions: DecisionParts['assertions'];
}

/** A call of a gateway. */
export interface CheckCall {
  readonly message: Uint8Array;
  /** The only `x-miftah-token` of the call's metadata; `undefined`: it has none, or several. */
  readonly token: string | undefined;
  readonly peer: Pick<IncomingMessage, 'socket'>;
}

/** The answer to a call: a message with a verdict, or why there is none. */
export type CheckAnswer =
  | { readonly kind: 'verdict'; readonly message: Buffer }
  | { readonly kind: 'unidentified'; readonly problem: ProblemDetails }
  | { readonly kind: 'malformed' };

/** Answers a call. Rejects only with defects. */
export type Check = (call: CheckCall, identify: IdentifyGateway) => Promise<CheckAnswer>;

/** The name in `context_extensions` with the id of the API. */
const apiExtension = 'miftah_api';

/** Compiles the decisions of all APIs. */
export function createCheck({ apis, assertions }: CheckParts): Check {
  const entries = new Map(apis.map((api) => [api.gate.api.id, openEntry(api, assertions)]));
  const idsByHost = new Map(apis.flatMap(({ gate, hosts }) => [...hosts].map((host) => [host, gate.api.id])));

  return async function check({ message, token, peer }, identify) {
    const { problem, grant } = await identify(peer, token);
    if (grant === undefined) return { kind: 'unidentified', problem };
    const asked = decodeCheckRequest(message);
    if (asked === undefined) return { kind: 'malformed' };
    const apiId = asked.extensions.get(apiExtension) ?? idsByHost.get(hostNameOf(asked.host) ?? '') ?? '';
    if (apiId !== '' && !mayDecide(grant, apiId)) return verdict(encodeDenied(replyOf(mayNotDecide)));
    const entry = entries.get(apiId);
    if (entry === undefined) return verdict(encodeDenied(replyOf(apiUnknown)));
    return verdict(await decide(entry, asked));
  };
}

function verdict(message: Buffer): CheckAnswer {
  return { kind: 'verdict', message };
}

const apiUnknown = describeProblem(
  'api_unknown',
  `No API has this host or this id: set context_extensions.${apiExtension} of the route to the id of an API.`,
);

function replyOf(problem: ProblemDetails): Reply {
  const headers = ['Content-Type', problemContentType, 'Cache-Control', 'no-store', 'X-Request-Id', createRequestId()];
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

/** One API, prepared once for all of its requests. */
interface Entry {
  readonly gate: Gate;
  readonly assertions: DecisionParts['assertions'];
  readonly trusted: TrustedProxies;
  readonly takesQuery: boolean;
  readonly clean: Clean;
  /** Identity headers without values. */
  readonly noIdentity: readonly string[];
  readonly vary: readonly string[];
  /** Logs that the gateway did not send a fact, once for each fact. */
  readonly reportMissing: (fact: string) => void;
}

function openEntry({ gate, passHeaders }: CheckParts['apis'][number], assertions: DecisionParts['assertions']): Entry {
  const metadataFields = gate.api.policy.forwardedMetadata.map(metadataHeaderOf);
  const ours = [...identityFields, ...metadataFields, assertionField];
  const vary = [...keyHeadersOf(gate.api.source), ...(gate.cors?.isVaried === true ? ['Origin'] : [])];
  const reported = new Set<string>();
  return {
    gate,
    assertions,
    // As for the other gateways: they set this header, whatever the proxies in front of the public listener set.
    trusted: { has: (address) => gate.trustedProxies.has(address), header: defaultForwardedHeader },
    takesQuery: placesOf(gate.api.source).query !== undefined,
    clean: createClean(gate, passHeaders, ours),
    noIdentity: ours.flatMap((name) => [name, '']),
    vary: vary.length === 0 ? [] : ['Vary', vary.join(', ')],
    reportMissing(fact) {
      if (reported.has(fact)) return;
      reported.add(fact);
      gate.onFault(new OperationalError('gateway_facts', `API ${gate.api.id}: the gateway sent no ${fact}`));
    },
  };
}

/** What the upstream must not get of a request, and what it gets instead. */
interface Cleaned {
  readonly removed: readonly string[];
  /** Flat: headers with a key in a part of their value, without that part. */
  readonly changed: readonly string[];
  readonly removedParameters: readonly string[];
}

type Clean = (asked: Pick<CheckRequest, 'rawHeaders' | 'target'>, isPeerTrusted: boolean) => Cleaned;

/** Fields that Envoy sets or needs itself. */
const ofEnvoy: ReadonlySet<string> = new Set(['host', 'te', 'x-forwarded-for', 'x-forwarded-proto']);

/**
 * Compiles the rules of the proxy for one API. The gateway removes after it sets, so a header that each allowed reply
 * sets is never removed.
 */
function createClean(gate: Gate, passed: readonly string[], ours: readonly string[]): Clean {
  const { headers: stripped, subprotocol, query } = placesOf(gate.api.source);
  const forwardedHeader = gate.trustedProxies.header;
  const finishHeaders = createIdentityHeaders({ stripped, subprotocol, query, passed, forwardedHeader });
  const queryKey = query === undefined ? undefined : createQueryKey(query);
  const kept = new Set([...ofEnvoy, 'x-request-id', ...ours.map((name) => name.toLowerCase())]);
  return ({ rawHeaders, target }, isPeerTrusted) => {
    const before = valuesOf(rawHeaders);
    const after = valuesOf(finishHeaders(rawHeaders, [], isPeerTrusted));
    const removed: string[] = [];
    const changed: string[] = [];
    for (const [name, value] of before) {
      // Envoy treats the fields of the connection itself. A WebSocket needs them.
      if (kept.has(name) || isHopByHop(name)) continue;
      const left = after.get(name);
      if (left === undefined) removed.push(name);
      else if (left !== value) changed.push(name, left);
    }
    const pieces = queryKey === undefined ? [] : queryOf(target).split('&');
    const carriers = pieces.filter((piece) => (queryKey?.find(piece).length ?? 0) > 0);
    return { removed, changed, removedParameters: carriers.map((piece) => piece.split('=', 1)[0] as string) };
  };
}

/** The values by name in lower case. Lines of the same name are joined (RFC 9110 §5.3). */
function valuesOf(headers: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase();
    const before = values.get(name);
    values.set(name, before === undefined ? (headers[at + 1] as string) : `${before}, ${headers[at + 1]}`);
  }
  return values;
}

/** Decides about one request, and returns the message. */
async function decide(entry: Entry, asked: CheckRequest): Promise<Buffer> {
  const { gate } = entry;
  const { facts, fault } = stateFacts(entry, asked);
  const request: GuardedRequest<Buffer> = {
    carrier: 'grpc',
    arrivedAtMs: performance.now(),
    gate,
    facts,
    requestId: createRequestId(),
    async allow(allowed) {
      const recorded = recordBefore(request, allowed);
      const [assertion] = await Promise.all([entry.assertions.assert(allowed.key), recorded]);
      const headers = identityOf(allowed.key);
      for (const name of gate.api.policy.forwardedMetadata)
        if (!Object.hasOwn(allowed.key.metadata, name)) headers.push(metadataHeaderOf(name), '');
      headers.push(assertionField, assertion);
      logAccess(request, { key: allowed.key });
      return pass(headers, allowed);
    },
    async allowPublic() {
      logAccess(request, {});
      return pass(entry.noIdentity, undefined);
    },
    answer: encodeDenied,
  };

  function pass(identity: readonly string[], allowed: Allowed | undefined): Buffer {
    const isPeerTrusted = entry.trusted.has(canonicalAddress(asked.source) ?? '');
    const { removed, changed, removedParameters } = entry.clean(asked, isPeerTrusted);
    const ofRequest = ['X-Request-Id', request.requestId];
    const replyHeaders = [...ofRequest, ...entry.vary];
    if (allowed?.rate !== undefined) appendRateHeaders(replyHeaders, gate.dialect, allowed.rate);
    if (gate.cors !== undefined) replyHeaders.push(...gate.cors.headersFor(facts.rawHeaders, allowed?.referrers));
    return encodeAllowed({
      headers: [...identity, ...ofRequest, ...changed],
      removed,
      removedParameters,
      replyHeaders,
    });
  }

  try {
    return await guard(request, fault);
  } catch (error) {
    // The use could not be recorded, or the assertion could not be signed.
    gate.onFault(error);
    const reply = renderAt(request, 'unavailable', undefined);
    logAccess(request, { status: reply.status, reason: 'unavailable' });
    return encodeDenied(reply);
  }
}

const methods: ReadonlySet<string> = new Set(METHODS);
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Node.js refuses the same in the head of a request.
const targetForm = /^[!-~\x80-\xff]+$/;
// RFC 9110 §5.5.
const unusable = /[\0\r\n]/;

/** A fact that can't be used is a fault, and no rule is satisfied. */
function stateFacts(entry: Entry, asked: CheckRequest): { readonly facts: RequestFacts; readonly fault?: Fault } {
  const { gate, trusted, takesQuery, reportMissing } = entry;
  const { method, target, source, rawHeaders } = asked;
  const head = readRequestHead(rawHeaders);
  const host = hostNameOf(asked.host);
  const environment = host === undefined ? undefined : gate.boundHosts.get(host);
  const clientAddress = resolveClientAddress(source, head.forwardedFor, trusted);
  const facts: RequestFacts = {
    method,
    path: pathOf(target),
    query: takesQuery ? queryOf(target) : undefined,
    rawHeaders,
    clientAddress,
    environment,
  };
  const stated = { 'request.http.method': method, 'request.http.path': target, 'request.http.host': asked.host };
  const missing = Object.entries({ ...stated, 'source.address.socket_address.address': source }).filter(
    ([, value]) => value === '',
  );
  for (const [fact] of missing) reportMissing(fact);
  if (head.fault !== undefined) return { facts, fault: head.fault };
  const isMalformed =
    host === undefined ||
    (head.host !== '' && head.host !== host) ||
    (gate.boundHosts.size > 0 && environment === undefined) ||
    clientAddress === undefined ||
    !methods.has(method) ||
    !targetForm.test(target) ||
    !(facts.path.startsWith('/') || (facts.path === '*' && method === 'OPTIONS')) ||
    rawHeaders.some((text, at) => (at % 2 === 0 ? !headerName.test(text) : unusable.test(text)));
  if (missing.length > 0 || isMalformed) return { facts, fault: 'bad_request' };
  // As in the proxy. CONNECT asks for a tunnel, which has no path.
  return method === 'TRACE' || method === 'CONNECT' ? { facts, fault: 'method_not_allowed' } : { facts };
}
