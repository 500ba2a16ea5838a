// A shape of management routes: their methods, what they read and what they answer. A profile names a shape and a path.
import type { KeyActor, MemberActor } from '../../domain/actor.ts';
import type { Environment } from '../../domain/api-key.ts';
import type { SecretMask } from '../../domain/secret.ts';
import type { KeyCommands } from '../../management/keys/commands.ts';
import type { FixedNames, ShapeNames } from './names.ts';

/** One family of routes for keys that manage keys. */
export interface ManagementShape {
  /** Whether the routes accept a member's session token (`Authorization: Bearer`) as well as a key. */
  readonly takesSessions: boolean;
  /** The path of the list in profiles that name none. */
  readonly path: string;
  /** The names of members in profiles that name none of their own. */
  readonly names: ShapeNames;
  /** Members of each part whose names do not change. */
  readonly fixed: FixedNames;
  /** The routes: the list at `path`, the others below it. Members have `names`. */
  routes(path: string, names: ShapeNames): readonly ManagementRoute[];
}

/** One route for keys that manage keys. */
export interface ManagementRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole path; one segment may be `{id}`. A GET route also answers HEAD. */
  readonly path: string;
  /** Whether a request may come without a body, which then counts as `{}`. Default: false. */
  readonly isBodyOptional?: boolean | undefined;
  /** Runs the command. Rejects with a `ManagementError` if the input is invalid or the caller may not do it. */
  readonly answer: (call: ManagementCall) => Promise<ManagementAnswer>;
}

/** An allowed request on a management route. */
export interface ManagementCall {
  readonly keys: KeyCommands;
  /** A key or, if the routes accept sessions, a member. */
  readonly actor: KeyActor | MemberActor;
  readonly apiId: string;
  /** The environment of the key. For a member: `live`. */
  readonly environment: Environment;
  /** How the API masks secrets. `undefined`: as by default. */
  readonly mask: SecretMask | undefined;
  /** The time of the request, in epoch milliseconds. */
  readonly nowMs: number;
  /** The path segment for `{id}`, as the client sent it. Empty: the route has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The parsed JSON body of POST, PUT and PATCH. `undefined` for GET and DELETE, whose bodies are not read. */
  readonly body: unknown;
}

/** A reply; the body is sent as JSON. */
export interface ManagementAnswer {
  readonly status: number;
  readonly body: object;
}
