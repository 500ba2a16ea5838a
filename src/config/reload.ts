// Decides which settings a running server can apply without a restart.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';

/** Names in the file of settings that have another name in `Config`. */
const fileNames: Readonly<Record<string, string>> = {
  cache: 'cache.keys',
  serveCachedSeconds: 'onStoreOutage',
  coordination: 'coordination, nodes or onLimiterOutage',
};

/** Settings that a reload applies. All others, and any new ones, need a restart. */
const followed: readonly string[] = ['apis', 'drainSeconds', 'log', 'mail', 'profiles'];
const followedOfPublic: readonly string[] = ['url', 'trustedProxies', 'forwardedHeader', 'via', 'healthPath'];
const followedOfInternal: readonly string[] = ['names'];

/** Returns the configuration that a server on `running` applies for `wanted`, and the settings that need a restart. */
export function planReload(
  running: Config,
  wanted: Config,
): { readonly config: Config; readonly kept: readonly string[] } {
  const kept: string[] = [];
  const choose = <Section extends object>(
    before: Section,
    after: Section,
    names: readonly string[],
    prefix: string,
  ) => {
    const chosen = Object.entries(before).map(([name, value]) => {
      const next = after[name as keyof Section];
      if (names.includes(name)) return [name, next];
      if (!isDeepStrictEqual(value, next)) kept.push(prefix + (fileNames[name] ?? name));
      return [name, value];
    });
    return Object.fromEntries(chosen) as Section;
  };
  const { public: ofPublic, internal, ...rest } = running;
  const config = {
    ...choose(rest, wanted, followed, ''),
    public: choose(ofPublic, wanted.public, followedOfPublic, 'public.'),
    internal: choose(internal, wanted.internal, followedOfInternal, 'internal.'),
  };
  return { config, kept };
}
