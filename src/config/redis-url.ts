// Parses the URL of Redis or Valkey: redis:// for one server, redis+sentinel:// for Sentinels, redis+cluster:// for a
// cluster. With rediss, the connection uses TLS.
import type { RedisPlace } from './config.ts';

const form =
  /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/\s]*)(?::(?<password>[^@/\s]*))?@)?(?<hosts>[^@/?#\s]+)(?<path>(?:\/[^/?#@\s]*){0,2})$/;

/**
 * `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]`, `redis+sentinel://…HOST[:PORT],…/MASTER[/DATABASE]` and
 * `redis+cluster://…HOST[:PORT],…`. User and password are percent-encoded. The default port is 6379, or 26379 for
 * Sentinels. Returns `undefined` for any other text.
 */
export function parseRedisUrl(text: string): RedisPlace | undefined {
  const parts = form.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const kind = (parts.kind as 'sentinel' | 'cluster' | undefined) ?? 'single';
  const hosts = (parts.hosts ?? '').split(',').map((host) => parseHost(host, kind === 'sentinel' ? 26_379 : 6379));
  const path = (parts.path ?? '').split('/').slice(1);
  const master = kind === 'sentinel' ? path.shift() : undefined;
  const database = Number(path.shift() || '0');
  const user = decode(parts.user);
  const password = decode(parts.password);
  const isWhole =
    path.length === 0 &&
    hosts.every((host) => host !== undefined) &&
    (kind !== 'single' || hosts.length === 1) &&
    (kind !== 'sentinel' || (master !== undefined && master !== '')) &&
    Number.isInteger(database) &&
    database >= 0 &&
    database <= (kind === 'cluster' ? 0 : 9999);
  if (!isWhole || user === null || password === null) return undefined;
  return {
    kind,
    hosts: hosts.filter((host) => host !== undefined),
    master,
    tls: parts.tls !== undefined,
    user: user || undefined,
    password: password || undefined,
    database,
  };
}

function parseHost(text: string, defaultPort: number): RedisPlace['hosts'][0] | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) return undefined;
  const port = Number(parts[3] ?? defaultPort);
  return port >= 1 && port <= 65_535 ? { host: (parts[1] ?? parts[2]) as string, port } : undefined;
}

/** Decodes percent-encoded text. Returns `null` when the encoding is malformed. */
function decode(text: string | undefined): string | undefined | null {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return null;
  }
}
