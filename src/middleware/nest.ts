// `miftah/nest`: API-key authentication as a module of NestJS 12.
import '../domain/node-version.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CanActivate,
  type CustomDecorator,
  createParamDecorator,
  type DynamicModule,
  type ExecutionContext,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
  SetMetadata,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import type { EndpointPattern } from '../domain/endpoint.ts';
import type { Gate } from '../profiles/gate.ts';
import { createIsPublic } from '../profiles/public-paths.ts';
import { createGuard, type Guard } from './node-guard.ts';
import type { ApiKeyAuthOptions, Auth as KeyOfRequest } from './options.ts';
import { checkScopes } from './passage.ts';

export type { ApiKeyAuthOptions } from './options.ts';

/** Options of the module. */
export interface ApiKeyModuleOptions extends ApiKeyAuthOptions {
  readonly gate: Gate;
}

/** How to make the options from other providers. */
export interface ApiKeyModuleAsyncOptions
  extends Pick<ModuleMetadata, 'imports'>,
    Pick<FactoryProvider<ApiKeyModuleOptions>, 'inject' | 'useFactory'> {}

const scopesOfRoute = 'miftah:scopes';
const isPublicRoute = 'miftah:public';
const moduleOptions = Symbol('options of ApiKeyModule');

/** For a handler or a controller: keys need these scopes, in addition to those of the policy. */
export function RequireScopes(...scopes: readonly string[]): CustomDecorator {
  checkScopes(scopes);
  return SetMetadata(scopesOfRoute, scopes);
}

/**
 * For a handler or a controller: requests need no key, as on a public path. An endpoint for which the policy or
 * `RequireScopes` requires a scope needs a key nevertheless.
 */
export function Public(): CustomDecorator {
  return SetMetadata(isPublicRoute, true);
}

/** The key of an allowed request. */
export type Auth = KeyOfRequest;

/** A parameter with the key of the request. `undefined`: a public path, which needs no key. */
export const Auth: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => (messagesOf(context).req as { readonly auth?: Auth }).auth,
);

/** Every path, for routes that are public by their decorator. */
const everything: readonly EndpointPattern[] = [
  { method: '*', literal: '/', rest: [] },
  { method: '*', literal: '/', rest: ['**'] },
];

/**
 * Decides about requests when Nest knows their route, and before pipes and interceptors run. It answers a refused
 * request in the API's dialect. It refuses what is no HTTP request. Throws a `TypeError` for an unknown option or a
 * wrong value.
 */
export class ApiKeyGuard implements CanActivate {
  readonly #gate: Gate;
  readonly #options: ApiKeyAuthOptions;
  readonly #reflector = new Reflector();
  /** By what the decorators of a route say. */
  readonly #guards = new Map<string, Guard>();

  constructor({ gate, ...options }: ApiKeyModuleOptions) {
    this.#gate = gate;
    this.#options = options;
    this.#guardFor([], false);
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return false;
    const route = [context.getHandler(), context.getClass()];
    const scopes = this.#reflector.getAllAndMerge<string[]>(scopesOfRoute, route);
    const isPublic = this.#reflector.getAllAndOverride<boolean | undefined>(isPublicRoute, route) === true;
    const guard = this.#guardFor(scopes, isPublic);
    const { req, res } = messagesOf(context);
    // Of a refused request, the promise stays pending: the reply was sent, and an exception filter must not send another.
    return new Promise((resolve) => {
      const pass = () => resolve(true);
      guard(pass, pass)(req, res);
    });
  }

  #guardFor(scopes: readonly string[], isPublic: boolean): Guard {
    const name = JSON.stringify([isPublic, ...scopes]);
    let guard = this.#guards.get(name);
    if (guard === undefined) {
      const gate = isPublic
        ? { ...this.#gate, isPublic: createIsPublic(everything, this.#gate.api.policy) }
        : this.#gate;
      const options = { ...this.#options, scopes: [...(this.#options.scopes ?? []), ...scopes] };
      guard = createGuard(gate, options, 'at_head');
      this.#guards.set(name, guard);
    }
    return guard;
  }
}

/** Guards every route of the application. */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest configures modules by static methods.
export class ApiKeyModule {
  static forRoot(options: ApiKeyModuleOptions): DynamicModule {
    return ApiKeyModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: ApiKeyModuleAsyncOptions): DynamicModule {
    return {
      module: ApiKeyModule,
      imports,
      providers: [
        { provide: moduleOptions, inject, useFactory },
        { provide: ApiKeyGuard, inject: [moduleOptions], useFactory: (options) => new ApiKeyGuard(options) },
        { provide: APP_GUARD, useExisting: ApiKeyGuard },
      ],
      exports: [ApiKeyGuard],
    };
  }
}
Module({})(ApiKeyModule);

/** What Node.js received and sends. Under Fastify's adapter it is behind the framework's own objects. */
function messagesOf(context: ExecutionContext): { readonly req: IncomingMessage; readonly res: ServerResponse } {
  const http = context.switchToHttp();
  const request = http.getRequest<IncomingMessage & { readonly raw?: IncomingMessage }>();
  const response = http.getResponse<ServerResponse & { readonly raw?: ServerResponse }>();
  return { req: request.raw ?? request, res: response.raw ?? response };
}
