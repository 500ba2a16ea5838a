// The gateways for which Miftah prints a configuration.
import type { GatewaySetting } from './setting.ts';

/** Each renders the configuration for one API. */
export const snippets = {
  nginx: async (setting: GatewaySetting) => (await import('./nginx.ts')).nginxSnippet(setting),
  caddy: async (setting: GatewaySetting) => (await import('./caddy.ts')).caddySnippet(setting),
  traefik: async (setting: GatewaySetting) => (await import('./traefik.ts')).traefikSnippet(setting),
  envoy: async (setting: GatewaySetting) => (await import('./envoy.ts')).envoySnippet(setting),
  haproxy: async (setting: GatewaySetting) => (await import('./haproxy.ts')).haproxySnippet(setting),
  apache: async (setting: GatewaySetting) => (await import('./apache.ts')).apacheSnippet(setting),
} as const;

export type GatewayId = keyof typeof snippets;

export const gatewayIds = Object.keys(snippets) as GatewayId[];
