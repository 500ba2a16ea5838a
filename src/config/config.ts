// The configuration from the file, the environment and the flags, as checked and complete plain data.
import type { Environment } from '../domain/api-key.ts';
import type { CorsPolicy } from '../domain/cors.ts';
import type { EndpointPattern } from '../domain/endpoint.ts';
import type { ImportedFormat } from '../domain/imported-secret.ts';
import type { Brands } from '../profiles/brand.ts';
import type { Language } from '../profiles/console.ts';
import type { Profile } from '../profiles/profile.ts';

export interface HostPort {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** The address of Redis or Valkey. */
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

/** A secret that the operator supplies: its text, or the absolute path of the file that holds it. */
export type GivenSecret = { readonly text: string; readonly place: string } | { readonly file: string };

/** `open`: everyone who reaches the internal listener. `token`: callers with a token for it. */
export const metricsAccess = ['open', 'token'] as const;

/** `silent`: no lines at all. */
export const logLevels = ['info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The access log: where its lines go, and the share of requests that it has. */
export interface AccessLogConfig {
  /** `stdout`, or the absolute path of a file. */
  readonly output: 'stdout' | { readonly file: string };
  /** From 0 to 1. Default 1. */
  readonly allowedShare: number;
  /** Of refused requests, and those with a 5xx. Default 1. */
  readonly refusedShare: number;
}

export interface Config {
  readonly public: {
    /** Default 127.0.0.1:4100. */
    readonly listen: HostPort;
    /** The origin of the console in browsers, `https://console.example.com`. `undefined`: the listener's. */
    readonly url: string | undefined;
    /** Proxy addresses or CIDR ranges whose headers about the client are trusted. Default: none. */
    readonly trustedProxies: readonly string[];
    /** The header in which they name the client, lower case. Default `x-forwarded-for`. */
    readonly forwardedHeader: string;
    /** The name of this server in `Via`. `undefined`: Miftah does not add the header. Default `miftah`. */
    readonly via: string | undefined;
    /** The path of the health check for load balancers, under any host name. `undefined`: there is none. */
    readonly healthPath: string | undefined;
    /**
     * The path of the assertions' public keys under any host name, or `none`: only the internal listener has them.
     * `undefined`: they are at a path of Miftah's own, under host names that no API has.
     */
    readonly jwksPath: string | undefined;
    /** Longest head of a request, request line included. Default 16 KiB. */
    readonly maxHeaderBytes: number;
    /** Longest time that a connection stays open without a request. Default 65. */
    readonly keepAliveSeconds: number;
    /** Longest time that a client may leave its reply unread. Then its connection is cut. Default 60. */
    readonly replyStallSeconds: number;
    /** Most connections to one upstream, 1 or more. Default 256. */
    readonly upstreamConnections: number;
    /** Most WebSockets open at one time. 0: WebSockets are off. Default 4,096. */
    readonly maxTunnels: number;
    /** Longest time that a WebSocket stays open without data in either direction. Default 600. */
    readonly tunnelIdleSeconds: number;
    /** Connections at one time. Default 20,000. */
    readonly maxConnections: number;
  };
  readonly internal: {
    /** Default 127.0.0.1:4101. */
    readonly listen: HostPort;
    /**
     * Host names, besides that of `listen`, for callers without a token. Lower case, without port. Default: none.
     */
    readonly names: readonly string[];
    /** Who may read `/metrics`. `token`: callers with a token for metrics or the operator token. Default `open`. */
    readonly metrics: (typeof metricsAccess)[number];
    /** Connections at one time. Default 20,000. */
    readonly maxConnections: number;
  };
  readonly decisions: {
    /** A listener for decisions alone: an address, or the absolute path of a unix socket. Default: none. */
    readonly listen: HostPort | { readonly file: string } | undefined;
    /** The same for decisions over gRPC. Default: none. */
    readonly grpc: HostPort | { readonly file: string } | undefined;
  };
  /** Absolute path. Default `miftah-data` in the working folder. */
  readonly dataDir: string;
  /** The server creates each missing secret once and keeps it in a file of the data folder. */
  readonly secrets: {
    readonly operatorToken?: GivenSecret;
    readonly sessionSecret?: GivenSecret;
    readonly signingKey?: GivenSecret;
  };
  /** `file` is an absolute path; `url` may hold a password. Default `miftah.db` in the data folder. */
  readonly database:
    | { readonly kind: 'sqlite'; readonly file: string }
    | { readonly kind: 'postgres'; readonly url: string };
  /** Where limits are counted: in this process (the default), or in Redis for at most `nodes` nodes. */
  readonly coordination:
    | { readonly kind: 'none' }
    | {
        readonly kind: 'redis';
        readonly servers: RedisPlace;
        readonly nodes: number;
        readonly onOutage: 'local-share' | 'closed';
      };
  /** How long a stopping server still answers, so that load balancers notice first. Default 0, or 5 with Redis. */
  readonly drainSeconds: number;
  /** How long requests under way may take once a server stops. Default 10. */
  readonly finishSeconds: number;
  /**
   * How long a node decides by its cached keys after its lease ends, while it can't reach the shared database. Default
   * 0: not at all.
   */
  readonly serveCachedSeconds: number;
  readonly webhooks: {
    /** Host names, addresses and ranges that webhooks may reach beside public addresses, also over http. Default: none. */
    readonly allow: readonly string[];
  };
  readonly mail: {
    readonly from: string;
    /** The mail server. `undefined`: mails go to a file. */
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
  /** The lowest level that the log shows. Default `info`. */
  readonly log: { readonly level: LogLevel };
  /** `undefined`: there is none. */
  readonly accessLog: AccessLogConfig | undefined;
  /** Whether requests make spans for OpenTelemetry. Default: no. */
  readonly tracing: boolean;
  /** Most keys in memory. Default 500,000. */
  readonly cache: { readonly keys: number };
  /** `database`: absolute path. `undefined`: no country is known. */
  readonly countries: { readonly database: string } | undefined;
  /** For how many days records are kept. `undefined`: forever. */
  readonly retention: {
    /** 31 or more. `unset`: `usageDaysOf` decides. */
    readonly usageDays: number | 'unset' | undefined;
    /** Not longer than usage. Default 90. */
    readonly addressDays: number | undefined;
    /** Default 30. */
    readonly denialDays: number | undefined;
    /** 90 or more. Default: forever. */
    readonly auditDays: number | undefined;
    /** Whether older audit entries leave the database even if no archive has them. Default: no. */
    readonly removesUnarchivedAudit: boolean;
    /** Longer than the links in mails work: 8 or more. Default 30. */
    readonly mailDays: number | undefined;
  };
  readonly audit: {
    /** Where the audit log is sent. Default: nowhere. */
    readonly export: readonly AuditDestination[];
  };
  /** The profiles that the file defines or uses, without the overrides of APIs. */
  readonly profiles: readonly Profile[];
  /** The looks of consoles, with their pictures. Default: none. */
  readonly consoles: Brands;
  /** At least one. No two APIs share an id or a host. */
  readonly apis: readonly ApiConfig[];
  /**
   * The settings as the file has them, with variables, flags and the environment applied. A reload compares them. They
   * may hold a password, as `database` may.
   */
  readonly written: Readonly<Record<string, unknown>>;
}

/** Limits on the time and size of one API's requests. */
export interface ApiLimits {
  /** Longest wait for a connection to the upstream, TLS included. Default 3. */
  readonly connectSeconds: number;
  /** Longest silence before the first byte of a reply. Default 30. */
  readonly firstByteSeconds: number;
  /** Longest silence within a reply. Default 60. */
  readonly idleSeconds: number;
  /** Longest silence of a client within its body. Default 30. */
  readonly uploadIdleSeconds: number;
  /** Lowest average speed of a body after its first `uploadIdleSeconds`. 0: no limit. Default 1,024. */
  readonly minUploadBytesPerSecond: number;
  /** Longest request body. Default 100 MiB. */
  readonly maxBodyBytes: number;
  /** Longest head of a reply. Default 16 KiB. */
  readonly maxReplyHeaderBytes: number;
}

export interface ApiConfig {
  /** `[a-z][a-z0-9-]{0,39}` */
  readonly id: string;
  /** A profile with the overrides of this API. */
  readonly profile: Profile;
  /** The name of its product. Default: that of the profile, or the id. */
  readonly product: Readonly<Record<Language, string>>;
  /**
   * Lower case, without port. `undefined`: the host serves both environments, and the key decides. Empty only where
   * there is no upstream.
   */
  readonly hosts: ReadonlyMap<string, Environment | undefined>;
  /** Lower case, without port. */
  readonly consoleHosts: readonly string[];
  /** Request headers, lower case, that Miftah passes to the upstream although it removes them by default. */
  readonly passHeaders: readonly string[];
  /** The pages that may call the API from a browser. `undefined`: only pages of its own origin. */
  readonly cors: CorsPolicy | undefined;
  /** Requests that need no key. */
  readonly publicPaths: readonly EndpointPattern[];
  readonly limits: ApiLimits;
  /** The form of secrets from another system that the API accepts as well. `undefined`: it accepts none. */
  readonly importedKeys: ImportedFormat | undefined;
  /**
   * The upstream of each environment. For a profile without `test`, both are the `live` upstream. `undefined`: the
   * public listener does not serve the API.
   */
  readonly upstream: Readonly<Record<Environment, RoutedUpstreamConfig>> | undefined;
}

export interface UpstreamConfig {
  /** `http://127.0.0.1:4200` */
  readonly origin: string;
  /** The prefix for each path: `/base`, or empty. */
  readonly basePath: string;
  /** The `Host` to send; `undefined`: the client's. */
  readonly host: string | undefined;
  readonly tls: UpstreamTlsFiles | undefined;
}

/** Absolute paths of PEM files, and the server name. */
/** A destination of the audit log. The name is unique. */
export type AuditDestination = { readonly name: string; readonly tls: UpstreamTlsFiles } & (
  | { readonly kind: 'syslog'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'http';
      /** Without user and password. */
      readonly url: string;
      /** A header whose value is in a file. `file` is an absolute path. */
      readonly credential: { readonly header: string; readonly file: string } | undefined;
    }
);

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

/** All upstreams of an API. Empty: it is not proxied. */
export function upstreamsOf({ upstream }: Pick<ApiConfig, 'upstream'>): readonly UpstreamConfig[] {
  if (upstream === undefined) return [];
  return [upstream.live, upstream.test].flatMap((each) => [each, ...each.paths]);
}

/** All origins that an API's requests may reach. */
export function originsOf(api: Pick<ApiConfig, 'upstream'>): readonly string[] {
  return upstreamsOf(api).map(({ origin }) => origin);
}
