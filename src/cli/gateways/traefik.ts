// Traefik: `forwardAuth` between two `headers` middlewares, because it can't send a header of its own.
import { CliError, exitCodes } from '../cli-error.ts';
import { formatHostPort, type GatewaySetting } from './setting.ts';

/** @returns dynamic configuration as YAML */
export function traefikSnippet(setting: GatewaySetting): string {
  const { api, decisions, hosts, upstream, toUpstream, overrides, forwarded, keyHeaders, hasCors } = setting;
  if ('file' in decisions) {
    throw new CliError(
      exitCodes.usage,
      'address_needed',
      'Traefik asks over TCP only, and decisions.listen is a unix socket',
      'Name the internal listener with --address HOST:PORT.',
    );
  }
  const { origin, basePath, host } = upstream;
  const empty = (names: readonly string[]) => names.map((each) => `          ${each}: ""`).join('\n');
  const cleared = [...forwarded.filter((each) => !keptByTraefik.has(each)), ...overrides];
  return `# Miftah decides about each request for ${api}. Replace TOKEN, in a file that only Traefik reads.${
    hasCors
      ? `
# Traefik answers preflights itself: add accessControlAllow… to ${api}-before. A preflight that reaches Miftah is refused.`
      : ''
  }
http:
  routers:
    ${api}:
      rule: ${hosts.map((each) => `Host(\`${each}\`)`).join(' || ')}
      middlewares: [${api}-before, ${api}-miftah, ${api}-after${basePath === '' ? '' : `, ${api}-base`}]
      service: ${api}
  middlewares:
    ${api}-before:
      headers:
        customRequestHeaders:
          X-Miftah-Token: TOKEN
          # Without a value, a header of the client is removed: what could deceive the upstream.
${empty(cleared)}
    ${api}-miftah:
      forwardAuth:
        address: http://${formatHostPort(decisions)}/auth/forward/${api}
        trustForwardHeader: false
        authResponseHeaders:
${[...toUpstream, 'X-Request-Id'].map((each) => `          - ${each}`).join('\n')}
    ${api}-after:
      headers:
        customRequestHeaders:
          X-Miftah-Token: ""
${empty(keyHeaders)}${host === undefined ? '' : `\n          Host: ${host}`}${
  basePath === ''
    ? ''
    : `
    ${api}-base:
      addPrefix:
        prefix: ${basePath}`
}
  services:
    ${api}:
      loadBalancer:
        servers:
          - url: ${origin}
`;
}

/** Traefik sets these itself. */
const keptByTraefik: ReadonlySet<string> = new Set([
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Proto', 'X-Forwarded-Server'],
  ...['X-Real-IP', 'X-Miftah-Token'],
]);
