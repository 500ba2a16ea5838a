// The actor of every command on the internal listener: the holder of the operator token.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { OperatorActor } from '../../domain/actor.ts';
import type { Grant } from '../../domain/grant.ts';

/** What the listener passes to the application with a request. */
export interface Bindings extends HttpBindings {
  /** `undefined`: a path that needs no token. */
  readonly grant: Grant | undefined;
}

/** The operator as actor, with the address and id of the request. The guard has checked the token. */
export function operatorOf(c: Context): OperatorActor {
  const { incoming, grant } = c.env as Partial<Bindings>;
  // Without this, a path that became open by mistake would act as the operator.
  if (grant?.kind !== 'operator') throw new TypeError('a command needs the grant of the guard');
  return {
    kind: 'operator',
    via: 'admin_api',
    address: incoming?.socket.remoteAddress ?? null,
    requestId: c.get('requestId') ?? null,
  };
}
