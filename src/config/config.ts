// What a configuration file, the environment and the flags come to: checked, complete, plain data.
import type { Environment } from '../domain/api-key.ts';
import type { CorsPolicy } from '../domain/cors.ts';
import type { EndpointPattern } from '../domain/endpoint.ts';
import type { ImportedFormat } from '../domain/imported-secret.ts';
import type { Profile } from '../profiles/profile.ts';

export interface HostPort {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Where Redis or Valkey is. */
export interface RedisPlace {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** At least one: the server, the Sentinels, or some nodes of the cluster. */
  readonly hosts: readonly HostPort[];
  /** The name of the master that Sentinels look after. */
  readonly master: string | undefined;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Default 0. */
  readonly database: number;
}

/** A secret that the operator brings: its text, or the file with it, an absolute path. */
export type GivenSecret = { readonly text: string; readonly place: string } | { readonly file: string };

/** `silent`: no lines at all. */
export const logLevels = ['info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Config {
  readonly public: {
    /** Default 127.0.0.1:4100. */
    readonly listen: HostPort;
    /** The origin of the console in browsers, `https://console.example.com`; `undefined`: that of the listener. */
    readonly url: string | undefined;
    /** Proxy addresses or CIDR ranges whose headers about the client are trusted. Default: none. */
    readonly trustedProxies: readonly string[];
    /** The header in which they name the client, lower case. Default `x-forwarded-for`. */
    readonly forwardedHeader: string;
    /** The name of this server in `Via`; `undefined`: the header is not added. Default `miftah`. */
    readonly via: string | undefined;
    /** Where balancers ask for this node's health, under any name; `undefined`: nowhere. */
    readonly healthPath: string | undefined;
    /** Longest head of a request, request line included. Default 16 KiB. */
    readonly maxHeaderBytes: number;
    /** An idle connection is closed after so long. Default 65. */
    readonly keepAliveSeconds: number;
    /** A client that takes nothing of its reply for so long is cut off. Default 60. */
    readonly replyStallSeconds: number;
    /** Connections to one upstream at most, 1 or more. Default 256. */
    readonly upstreamConnections: number;
    /** WebSockets open at a time at most; 0: none. Default 4,096. */
    readonly maxTunnels: number;
    /** A WebSocket that is silent both ways for so long is closed. Default 600. */
    readonly tunnelIdleSeconds: number;
    /** Connections at one time. Default 20,000. */
    readonly maxConnections: number;
  };
  readonly internal: {
    /** Default 127.0.0.1:4101. */
    readonly listen: HostPort;
    /**
     * Lower case, without port: names for callers without the operator token, beside that of `listen`. Default: none.
     */
    readonly names: readonly string[];
    /** Connections at one time. Default 20,000. */
    readonly maxConnections: number;
  };
  /** Absolute path. Default `miftah-data` in the working folder. */
  readonly dataDir: string;
  /** What is left out, the server makes once and keeps in a file of the data folder. */
  readonly secrets: {
    readonly operatorToken?: GivenSecret;
    readonly sessionSecret?: GivenSecret;
    readonly signingKey?: GivenSecret;
  };
  /** `file` is an absolute path; `url` may hold a password. Default `miftah.db` in the data folder. */
  readonly database:
    | { readonly kind: 'sqlite'; readonly file: string }
    | { readonly kind: 'postgres'; readonly url: string };
  /** Where limits are counted: in this process (the default) or in Redis, for `nodes` of them at most. */
  readonly coordination:
    | { readonly kind: 'none' }
    | {
        readonly kind: 'redis';
        readonly servers: RedisPlace;
        readonly nodes: number;
        readonly onOutage: 'local-share' | 'closed';
      };
  /** How long a server that is told to stop goes on answering, so that balancers notice first. Default 0, with Redis 5. */
  readonly drainSeconds: number;
  /** How long requests under way may take once a server stops. Default 10. */
  readonly finishSeconds: number;
  /**
   * For how long a node that can't reach a database which it shares with others decides by the keys it has in memory, beyond its
   * lease. 0, the default: not at all.
   */
  readonly serveCachedSeconds: number;
  readonly mail: {
    readonly from: string;
    /** `undefined`: mails go to a file. */
    readonly smtp:
      | {
          readonly host: string;
          readonly port: number;
          readonly secure: boolean;
          readonly user: string | undefined;
          /** Absolute path. */
          readonly passwordFile: string | undefined;
        }
      | undefined;
  };
  /** The least serious lines that the log has. Default `info`. */
  readonly log: { readonly level: LogLevel };
  /** Keys held in memory at most. Default 500,000. */
  readonly cache: { readonly keys: number };
  /** At least one; ids and hosts are each used once. */
  readonly apis: readonly ApiConfig[];
}

/** What limits the requests of one API in time and size. */
export interface ApiLimits {
  /** Longest wait for a connection to the upstream, TLS included. Default 3. */
  readonly connectSeconds: number;
  /** Longest silence before the first byte of a reply. Default 30. */
  readonly firstByteSeconds: number;
  /** Longest silence within a reply. Default 60. */
  readonly idleSeconds: number;
  /** Longest silence of a client within its body. Default 30. */
  readonly uploadIdleSeconds: number;
  /** Least average speed of a body after its first `uploadIdleSeconds`; 0: none. Default 1,024. */
  readonly minUploadBytesPerSecond: number;
  /** Longest request body that is passed on. Default 100 MiB. */
  readonly maxBodyBytes: number;
  /** Longest head of a reply. Default 16 KiB. */
  readonly maxReplyHeaderBytes: number;
}

export interface ApiConfig {
  /** `[a-z][a-z0-9-]{0,39}` */
  readonly id: string;
  /** A bundled profile with the overrides of the file applied; `profile.id` stays the bundled one's. */
  readonly profile: Profile;
  /** Lower case, without port. `undefined`: the host serves both environments and the key tells. */
  readonly hosts: ReadonlyMap<string, Environment | undefined>;
  /** Lower case, without port. */
  readonly consoleHosts: readonly string[];
  /** Fields of requests, lower case, that reach the upstream although Miftah removes them by default. */
  readonly passHeaders: readonly string[];
  /** Which pages may call it from a browser; `undefined`: none of another origin. */
  readonly cors: CorsPolicy | undefined;
  /** Requests that need no key. */
  readonly publicPaths: readonly EndpointPattern[];
  readonly limits: ApiLimits;
  /** Secrets of another system that are taken beside the profile's own; `undefined`: none are. */
  readonly importedKeys: ImportedFormat | undefined;
  /** What serves each environment; a profile without `test` has its `live` upstream there. */
  readonly upstream: Readonly<Record<Environment, RoutedUpstreamConfig>>;
}

export interface UpstreamConfig {
  /** `http://127.0.0.1:4200` */
  readonly origin: string;
  /** Put before each path: `/base`, or empty. */
  readonly basePath: string;
  /** The `Host` to send; `undefined`: the client's. */
  readonly host: string | undefined;
  readonly tls: UpstreamTlsFiles | undefined;
}

/** Files are absolute paths of PEM files. */
export interface UpstreamTlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
}

export interface RoutedUpstreamConfig extends UpstreamConfig {
  /** Other upstreams for paths that begin with a prefix, `/v1/payments`. */
  readonly paths: readonly (UpstreamConfig & { readonly prefix: string })[];
}

/** All origins to which an API's requests may go. */
export function originsOf({ upstream }: Pick<ApiConfig, 'upstream'>): readonly string[] {
  return [upstream.live, upstream.test].flatMap(({ origin, paths }) => [origin, ...paths.map((path) => path.origin)]);
}
