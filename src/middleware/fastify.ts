// `miftah/fastify`: API-key authentication as a plugin of Fastify 5.
import '../domain/node-version.ts';
import type { FastifyPluginAsync, onRequestHookHandler } from 'fastify';
import type { Gate } from '../profiles/gate.ts';
import { createGuard, demandScopes } from './node-guard.ts';
import type { ApiKeyAuthOptions, Auth } from './options.ts';
import { checkScopes } from './passage.ts';

export type { ApiKeyAuthOptions, Auth } from './options.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key of the request, after `apiKeyAuth`. `undefined`: a public path, which needs no key. */
    auth: Auth | undefined;
  }
}

/** Options of the plugin. */
export interface ApiKeyAuthPluginOptions extends ApiKeyAuthOptions {
  readonly gate: Gate;
}

/**
 * Guards all routes of the scope in which it is registered, before Fastify reads a body: allowed requests go on, with
 * `request.auth`, and all others are answered in the API's dialect. Registration fails with a `TypeError` for an unknown
 * option or a wrong value.
 */
export const apiKeyAuth: FastifyPluginAsync<ApiKeyAuthPluginOptions> = async (app, { gate, ...options }) => {
  const guard = createGuard(gate, options, 'at_head');
  app.decorateRequest('auth', undefined);
  app.addHook('onRequest', (request, reply, pass) => {
    const enter = () => {
      request.auth = (request.raw as { readonly auth?: Auth }).auth;
      pass();
    };
    guard(enter, enter)(request.raw, reply.raw);
  });
};

// What fastify-plugin sets: the hook and the decorator belong to the scope that registers, not to one of their own.
Object.assign(apiKeyAuth, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'miftah',
  [Symbol.for('plugin-meta')]: { name: 'miftah', fastify: '5.x' },
});

/**
 * A hook for a route, as its `onRequest` or `preHandler`: refuses a key that lacks one of the scopes, as a scope rule
 * does. Throws a `TypeError` without a scope.
 */
export function requireScopes(...scopes: readonly string[]): onRequestHookHandler {
  checkScopes(scopes);
  return (request, reply, pass) => demandScopes(scopes, request.raw, reply.raw, () => pass());
}
