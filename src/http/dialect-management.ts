// The management routes of a dialect: finds the route of a request, runs it as the key, answers in the dialect.

import type { KeyActor, MemberActor, Origin } from '../domain/actor.ts';
import type { AuthorizedKey } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { hintOf, maskOf } from '../domain/secret.ts';
import { createExtractor } from '../engine/extract.ts';
import type { KeyCommands } from '../management/keys/commands.ts';
import { ManagementError } from '../management/management-error.ts';
import type { Gate } from '../profiles/gate.ts';
import { managementShapes } from '../profiles/management/index.ts';
import { findNameFlaw, nameMembers } from '../profiles/management/names.ts';
import type { ManagementRoute, ManagementShape } from '../profiles/management/shape.ts';
import type { DialectManagement, WireError } from '../profiles/profile.ts';
import { type Reply, type ReplyContext, renderAnswer, renderFailure, renderProblem } from '../profiles/reply.ts';
import type { TakeTurn } from './loop-turns.ts';
import { parseJsonBody } from './wire/json-body.ts';

/** What the management routes of all APIs share. */
export interface ManagementParts {
  readonly keys: KeyCommands;
  /** Flushed before a GET, so that lists include every earlier use. */
  readonly usage: { flush(): Promise<void> };
  readonly clock: Clock;
  readonly findMember: FindMember;
  readonly takeTurn: TakeTurn;
  /** Called with an unexpected error, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Finds the member whose session token is in `authorization` (`Bearer …`), in the organization of that session.
 * `undefined`: the token has no session, or its person is no longer a member.
 */
export type FindMember = (
  authorization: string,
  origin: { readonly via: Origin['via']; readonly address: string | null; readonly requestId: string },
) => Promise<MemberActor | undefined>;

/** A request on a managed path: of a key that the gate has allowed, or of a member. */
export interface ManagedRequest {
  readonly facts: RequestFacts;
  readonly caller: AuthorizedKey | MemberActor;
  /** For the rate headers. `undefined`: no limit counted the request. */
  readonly rate: RateState | undefined;
  readonly requestId: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  readonly contentType: string | undefined;
  /** Resolves to the whole body, or to `undefined` if it is too large. Called at most once. */
  readonly readBody: () => Promise<Buffer | undefined>;
}

/** A path that Miftah answers instead of the upstream, for every method. */
export interface ManagedPath {
  /** The member whose session token came in place of a key. `undefined`: none, or the dialect accepts only keys. */
  findMember(request: Pick<ManagedRequest, 'facts' | 'requestId'>): Promise<MemberActor | undefined>;
  /** Runs the route. Never rejects: a failed command is a reply in the dialect. */
  answer(request: ManagedRequest): Promise<Reply>;
}

/** Finds the managed path. `undefined`: the path is for the upstream. Runs on every request, so it only compares. */
export type FindManagedPath = (path: string) => ManagedPath | undefined;

/** One path with the routes of its methods. */
interface Resource {
  /** The path before and after `{id}`. `after` is `undefined` if the path has no id. */
  readonly before: string;
  readonly after: string | undefined;
  readonly routes: Map<string, ManagementRoute>;
}

const absentBody = { ok: true, value: {} } as const;
const jsonType = 'application/json; charset=utf-8';

/** Compiles the management routes of an API's dialect. `undefined`: it has none. */
export function createDialectManagement(gate: Gate, parts: ManagementParts): FindManagedPath | undefined {
  const { management } = gate.dialect;
  return management && compileManagement(gate, management, parts);
}

function compileManagement(gate: Gate, management: DialectManagement, parts: ManagementParts): FindManagedPath {
  const { api, dialect, replies } = gate;
  const extract = createExtractor(api);
  const via = management.shape;
  const shape: ManagementShape = managementShapes[via];

  const flaw = findNameFlaw(shape.names, management, shape.fixed);
  if (flaw !== undefined) throw new TypeError(`management.${flaw.map}.${flaw.name}: ${flaw.message}`);
  const names = nameMembers(shape.names, management);

  const managedPaths = compile(shape.routes(management.path, names)).map((resource) => ({
    resource,
    answer: (request: ManagedRequest) => answer(resource, request),
    findMember,
  }));

  async function answer(resource: Resource, request: ManagedRequest): Promise<Reply> {
    const { facts } = request;
    const route = resource.routes.get(facts.method === 'HEAD' ? 'GET' : facts.method);
    if (route === undefined) {
      const refusal = renderProblem(replies, 'method_not_allowed', contextOf(request));
      refusal.headers.push('Allow', listMethods(resource));
      return refusal;
    }
    try {
      return await run(route, idIn(resource, facts.path), request);
    } catch (error) {
      return answerError(error, request);
    }
  }

  async function findMember({
    facts,
    requestId,
  }: Pick<ManagedRequest, 'facts' | 'requestId'>): Promise<MemberActor | undefined> {
    if (!shape.takesSessions) return undefined;
    const sent = facts.rawHeaders.flatMap((name, at) =>
      at % 2 === 0 && name.toLowerCase() === 'authorization' ? [facts.rawHeaders[at + 1] as string] : [],
    );
    const [authorization] = sent;
    if (sent.length !== 1 || authorization === undefined) return undefined;
    const origin = { via, address: facts.clientAddress ?? null, requestId };
    return parts.findMember(authorization, origin);
  }

  async function run(route: ManagementRoute, id: string, request: ManagedRequest): Promise<Reply> {
    const { target, contentType, readBody } = request;
    let body: unknown;
    if (route.method === 'GET') {
      // A list must include every earlier use, even that of its own request. Requests that arrive during a flush share
      // the next one, so many lists cause few writes. If the flush fails, the list is as old as the last one.
      await parts.usage.flush().catch(() => undefined);
    } else if (route.method !== 'DELETE') {
      const bytes = await readBody();
      if (bytes === undefined) return renderProblem(replies, 'body_too_large', contextOf(request));
      const isAbsent = bytes.length === 0 && route.isBodyOptional === true;
      const parsed = isAbsent ? absentBody : parseJsonBody(bytes, contentType);
      if (!parsed.ok) {
        const { code, detail } = parsed.problem;
        const error = code === 'unsupported_media_type' ? management.errors[code] : dialect.errors.bad_request;
        return renderWireError(error, request, detail);
      }
      body = parsed.value;
    }
    const question = target.indexOf('?');
    const query = new URLSearchParams(question < 0 ? '' : target.slice(question));
    const actor = 'kind' in request.caller ? request.caller : actorOf(request.caller, request);
    const environment = actor.kind === 'key' ? actor.environment : 'live';
    const { mask } = api.secret;
    const nowMs = parts.clock.nowMs();
    const call = { keys: parts.keys, actor, apiId: api.id, environment, mask, nowMs, id, query, body } as const;
    await parts.takeTurn();
    const { status, body: content } = await route.answer(call);
    return renderAnswer(replies, status, jsonType, JSON.stringify(content), request);
  }

  function actorOf(key: AuthorizedKey, { facts, requestId }: ManagedRequest): KeyActor {
    const credential = extract(facts.rawHeaders, facts.query);
    const label =
      credential.kind === 'presented' ? maskOf(hintOf(credential.secret, api.secret), api.secret.mask) : key.id;
    const { apiId, orgId, environment } = key;
    const address = facts.clientAddress ?? null;
    return { kind: 'key', keyId: key.id, label, apiId, orgId, environment, via, address, requestId };
  }

  function answerError(error: unknown, request: ManagedRequest): Reply {
    const { errors } = management;
    if (!(error instanceof ManagementError)) {
      parts.onFault(error);
      return renderProblem(replies, 'unavailable', contextOf(request));
    }
    const message = gate.redactor.redactText(error.message);
    switch (error.code) {
      case 'invalid_input':
        return renderWireError(dialect.errors.bad_request, request, message);
      case 'not_found':
        return renderWireError(errors.not_found, request);
      case 'not_permitted':
      case 'exceeds_own_rights':
        return renderWireError(errors.forbidden, request, message);
      // The key, its organization or the session ended after the gate allowed the request. Answer as the gate does now.
      case 'key_not_active':
        return renderProblem(replies, 'key_revoked', contextOf(request));
      case 'not_signed_in':
        return renderProblem(replies, 'key_unknown', contextOf(request));
      case 'org_not_active':
        return renderProblem(replies, 'org_suspended', contextOf(request));
      // Every other failure is a conflict with the state of the store, not a mistake in the request.
      default:
        return renderWireError(errors.conflict, request, withoutField(error));
    }
  }

  function renderWireError(error: WireError, request: ManagedRequest, message?: string): Reply {
    return renderFailure(replies, error, message, contextOf(request));
  }

  return function find(path) {
    for (const managed of managedPaths) if (isPathOf(managed.resource, path)) return managed;
    return undefined;
  };
}

function contextOf({ facts: { clientAddress }, requestId, rate }: ManagedRequest): ReplyContext {
  return { requestId, clientAddress, rate };
}

/** Groups the routes by path. */
function compile(routes: readonly ManagementRoute[]): Resource[] {
  const resources = new Map<string, Resource>();
  for (const route of routes) {
    const [before = '', after] = route.path.split('{id}');
    const resource = resources.get(route.path) ?? { before, after, routes: new Map() };
    resource.routes.set(route.method, route);
    resources.set(route.path, resource);
  }
  return [...resources.values()];
}

function isPathOf(resource: Resource, path: string): boolean {
  const { before, after } = resource;
  if (after === undefined) return path === before;
  if (!path.startsWith(before) || !path.endsWith(after)) return false;
  const id = idIn(resource, path);
  return id !== '' && !id.includes('/');
}

function idIn({ before, after }: Resource, path: string): string {
  return after === undefined ? '' : path.slice(before.length, path.length - after.length);
}

/** The value of `Allow`, which every 405 has (RFC 9110 §15.5.6). */
function listMethods({ routes }: Resource): string {
  return [...routes.keys()].map((method) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
}

function withoutField({ field, message }: ManagementError): string {
  if (field === undefined || !message.startsWith(`${field}: `)) return message;
  const rest = message.slice(field.length + 2);
  return `${rest.charAt(0).toUpperCase()}${rest.slice(1)}`;
}
