// The actor of every command on the internal listener: the holder of the operator token.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { OperatorActor } from '../../domain/actor.ts';

/** The operator as actor, with the address and id of the request. The guard has checked the token. */
export function operatorOf(c: Context): OperatorActor {
  const { incoming } = c.env as Partial<HttpBindings>;
  return {
    kind: 'operator',
    via: 'admin_api',
    address: incoming?.socket.remoteAddress ?? null,
    requestId: c.get('requestId') ?? null,
  };
}
