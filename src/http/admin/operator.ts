// The actor of every command on the internal listener: the holder of a token.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { OperatorActor } from '../../domain/actor.ts';
import type { Grant } from '../../domain/grant.ts';

/** What the listener passes to the application with a request. */
export interface Bindings extends HttpBindings {
  /** `undefined`: a path that needs no token. */
  readonly grant: Grant | undefined;
}

/** The operator as actor, with the token, the address and the id of the request. The guard has checked the token. */
export function operatorOf(c: Context): OperatorActor {
  const { incoming, grant } = c.env as Partial<Bindings>;
  // Without this, a path that became open by mistake would act as the operator.
  if (grant === undefined) throw new TypeError('a command needs the grant of the guard');
  return {
    kind: 'operator',
    ...(grant.kind === 'token' && { token: grant }),
    via: 'admin_api',
    address: incoming?.socket.remoteAddress ?? null,
    requestId: c.get('requestId') ?? null,
  };
}

/** The sender of a request with an idempotency key: another token with the same key makes another request. */
export function senderOf(c: Context): { readonly person?: string } {
  const { grant } = c.env as Partial<Bindings>;
  return grant?.kind === 'token' ? { person: grant.id } : {};
}
