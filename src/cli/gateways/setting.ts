// What the configuration of a gateway depends on, read from that of Miftah.
import { isDeepStrictEqual } from 'node:util';
import type { ApiConfig, Config, HostPort, UpstreamConfig } from '../../config/config.ts';
import { metadataHeaderOf } from '../../domain/annotations.ts';
import type { Environment } from '../../domain/api-key.ts';
import { placesOf } from '../../domain/credential.ts';
import { foldFieldName, overrideFields } from '../../domain/field-name.ts';
import { assertionField, identityFields } from '../../http/identity.ts';
import { rateHeaderNames } from '../../profiles/reply.ts';

/** Where Miftah answers gateways. */
export type DecisionsPlace = HostPort | { readonly file: string };

/** An API with an upstream. */
export type ProxiedApi = ApiConfig & { readonly upstream: NonNullable<ApiConfig['upstream']> };

/** What a gateway needs to know to guard one API. */
export interface GatewaySetting {
  readonly api: string;
  readonly decisions: DecisionsPlace;
  /** The host names of the API. */
  readonly hosts: readonly string[];
  readonly upstream: UpstreamConfig;
  /** Headers of an allowed reply that go to the upstream. */
  readonly toUpstream: readonly string[];
  /** Headers of an allowed reply that go to the client, if they have a value. */
  readonly toClient: readonly string[];
  /** Headers of the client that Miftah refuses, because an upstream could take them for a method or a path. */
  readonly overrides: readonly string[];
  /** Override headers that the upstream may get. */
  readonly passed: readonly string[];
  /** Headers that name the client and the request, and that only the gateway may set. */
  readonly forwarded: readonly string[];
  /** Headers with nothing but the key. */
  readonly keyHeaders: readonly string[];
  readonly hasCors: boolean;
}

const forwarded: GatewaySetting['forwarded'] = [
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Method',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Proto',
  'X-Forwarded-Server',
  'X-Forwarded-Uri',
  'X-Miftah-Token',
  'X-Real-IP',
];

/** @param address instead of the address in the configuration, such as that of another machine */
export function readGatewaySetting(
  { decisions, internal }: Pick<Config, 'decisions' | 'internal'>,
  api: ProxiedApi,
  { environment, address }: { readonly environment: Environment; readonly address: DecisionsPlace | undefined },
): GatewaySetting {
  const { profile, passHeaders } = api;
  const passed = new Set(passHeaders.map(foldFieldName));
  const metadata = profile.policy.forwardedMetadata.map(metadataHeaderOf);
  const cors = ['Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials', 'Access-Control-Expose-Headers'];
  return {
    api: api.id,
    decisions: address ?? reachable(decisions.listen ?? internal.listen),
    hosts: hasOneUpstream(api) ? [...api.hosts.keys()] : hostsOf(api, environment),
    upstream: api.upstream[environment],
    toUpstream: [...identityFields, ...metadata, assertionField],
    toClient: [...rateHeaderNames(profile.dialect), 'Vary', ...(api.cors === undefined ? [] : cors)],
    overrides: overrideFields.filter((name) => !passed.has(name)),
    passed: passHeaders,
    forwarded,
    keyHeaders: [...placesOf(profile.source).headers],
    hasCors: api.cors !== undefined,
  };
}

export function isProxied(api: ApiConfig): api is ProxiedApi {
  return api.upstream !== undefined;
}

/** A listener on every address of its machine is reached at the loopback one. */
function reachable(place: DecisionsPlace): DecisionsPlace {
  if ('file' in place) return place;
  const loopback = { '0.0.0.0': '127.0.0.1', '::': '::1' }[place.host];
  return loopback === undefined ? place : { ...place, host: loopback };
}

/** Whether all keys reach the same upstream. */
export function hasOneUpstream({ upstream }: Pick<ProxiedApi, 'upstream'>): boolean {
  return isDeepStrictEqual(upstream.live, upstream.test);
}

/** The hosts that are bound to one environment. */
export function hostsOf({ hosts }: Pick<ApiConfig, 'hosts'>, environment: Environment): string[] {
  return [...hosts].flatMap(([host, bound]) => (bound === environment ? [host] : []));
}

/** `127.0.0.1:4101`, `[::1]:4101` */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Breaks words into lines of at most 110 characters. */
export function fillLines(words: readonly string[], indent: string, separator = ' '): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + separator.length + word.length <= 110)
      lines[lines.length - 1] = last + separator + word;
    else lines.push(indent + word);
  }
  return lines.join('\n');
}
