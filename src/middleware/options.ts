// What an application sets for one guard, and what a guard prepares once for all its requests.
import type { Metadata } from '../domain/annotations.ts';
import { type Environment, environments } from '../domain/api-key.ts';
import { createTrustedProxies, type TrustedProxies } from '../domain/client-address.ts';
import { suggestName } from '../domain/closest-name.ts';
import { isCacheable, keyHeadersOf, placesOf } from '../domain/credential.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { Allowed } from '../domain/verdict.ts';
import type { Gate } from '../profiles/gate.ts';
import type { HeadRules } from './reply-head.ts';
import { createRemoveFields, type RemoveFields } from './request-fields.ts';
import { createRemoveKeys, type RemoveKeys } from './request-keys.ts';

/** The key of an allowed request. */
export interface Auth {
  readonly keyId: string;
  readonly orgId: string;
  readonly apiId: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  /** The metadata that `forwardMetadata` of the API names: of the key, else of its organization. */
  readonly metadata: Metadata;
  /** The state of the key's tightest limit. `undefined`: it has no limit. */
  readonly rate: RateState | undefined;
  readonly requestId: string;
}

/** What the application learns of an allowed request. */
export function authOf({ key, rate }: Allowed, requestId: string): Auth {
  return {
    keyId: key.id,
    orgId: key.orgId,
    apiId: key.apiId,
    environment: key.environment,
    scopes: key.scopes,
    metadata: key.metadata,
    rate,
    requestId,
  };
}

/** Settings of one `apiKeyAuth`, beside the API's configuration. */
export interface ApiKeyAuthOptions {
  /**
   * Addresses and ranges of proxies that are trusted to name the client, in the header that `public.forwardedHeader`
   * sets. Default: `public.trustedProxies` of the configuration.
   */
  readonly trustedProxies?: readonly string[];
  /**
   * The only environment that this server serves; keys of the other are refused. Default: the environment that the
   * configuration binds the request's host to, or both. See `req.auth.environment`.
   */
  readonly environment?: Environment;
  /** Scopes that every request to the handler needs. Default: none. */
  readonly scopes?: readonly string[];
  /**
   * Header fields to keep, although a client could change the meaning of the request with them, such as
   * `X-HTTP-Method-Override`. Default: none.
   */
  readonly passHeaders?: readonly string[];
}

const optionNames: readonly string[] = [
  'trustedProxies',
  'environment',
  'scopes',
  'passHeaders',
] satisfies readonly (keyof ApiKeyAuthOptions)[];

/** Shared by all requests of one guard. */
export interface Settings {
  readonly gate: Gate;
  readonly environment: Environment | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly trusted: TrustedProxies;
  readonly removeFields: RemoveFields;
  /** Whether the API takes keys in the query. */
  readonly takesQuery: boolean;
  readonly removeKeys: RemoveKeys | undefined;
  /** Of replies to requests with a key. */
  readonly head: Pick<HeadRules, 'vary' | 'isPrivate'>;
  /** Of replies on public paths. */
  readonly publicHead: Pick<HeadRules, 'vary' | 'isPrivate'>;
}

/**
 * Throws a `TypeError` for an unknown option or a wrong value.
 * @param ownOptions names of options that this carrier alone has
 */
export function prepareSettings(gate: Gate, options: ApiKeyAuthOptions, ownOptions: readonly string[] = []): Settings {
  checkOptions(options, [...optionNames, ...ownOptions]);
  const { source } = gate.api;
  const varyOnOrigin = gate.cors?.isVaried === true ? ['Origin'] : [];
  const isPrivate = isCacheable(source);
  return {
    gate,
    environment: options.environment,
    scopes: options.scopes === undefined ? undefined : [...options.scopes],
    trusted:
      options.trustedProxies === undefined
        ? gate.trustedProxies
        : createTrustedProxies(options.trustedProxies, gate.trustedProxies.header),
    removeFields: createRemoveFields(options.passHeaders ?? []),
    takesQuery: placesOf(source).query !== undefined,
    removeKeys: createRemoveKeys(placesOf(source)),
    // Shared caches do not store replies to requests with Authorization (RFC 9111 §3.5).
    head: { vary: [...(isPrivate ? keyHeadersOf(source) : []), ...varyOnOrigin], isPrivate },
    publicHead: { vary: varyOnOrigin, isPrivate: false },
  };
}

/**
 * Throws a `TypeError` for an unknown option or a wrong value.
 * @param ownNames options that one carrier has beside these, which it checks
 */
export function checkOptions(options: ApiKeyAuthOptions, ownNames: readonly string[] = []): void {
  const names = [...optionNames, ...ownNames];
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw new TypeError(`${name} is not an option of apiKeyAuth: ${suggestName(name, names)}`);
  }
  for (const name of ['trustedProxies', 'scopes', 'passHeaders'] as const) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
      throw new TypeError(`${name} must be a list of strings`);
  }
  const { environment } = options;
  if (environment !== undefined && !environments.includes(environment))
    throw new TypeError(`environment must be one of ${environments.join(', ')}`);
}
