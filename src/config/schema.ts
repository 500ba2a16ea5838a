// The shape of the configuration file. The schema parses each leaf in place, so that an error names its path.
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseAddressEntry } from '../domain/address.ts';
import { createTrustedProxies } from '../domain/client-address.ts';
import { parseOriginPattern } from '../domain/cors.ts';
import { parseEndpointPattern } from '../domain/endpoint.ts';
import { digestAlgorithms } from '../domain/imported-secret.ts';
import { isCanonicalPath } from '../domain/path.ts';
import { audit } from './audit-schema.ts';
import { type Config, type HostPort, logLevels, metricsAccess } from './config.ts';
import { flag, headerName, list, mustBe, oneOf, parseHost, section, share, text, wholeNumber } from './fields.ts';
import { policy } from './policy-schema.ts';
import { type ProfileFile, product, profile } from './profile-schema.ts';
import { parseRedisUrl } from './redis-url.ts';
import { support } from './support-schema.ts';

const coordinationForms =
  'must be none, redis://HOST:PORT, redis+sentinel://HOST:PORT,HOST:PORT/MASTER or redis+cluster://HOST:PORT,HOST:PORT';

const hostAndPort = (example: string, description: string) =>
  text(`HOST:PORT, such as ${example}`, parseHostPort, description);

const host = text(
  'a host name such as api.example.com, without scheme and port',
  parseHost,
  'A host name without scheme and port.',
);

const upstreamUrl = text(
  'a URL such as http://127.0.0.1:4200 or https://orders.internal/base, without a query',
  parseUpstreamUrl,
  'http://HOST:PORT, with a base path or without one.',
);

const file = (description: string) => text('a file', (value) => value || undefined, description);

const upstreamTls = section({
  ca: file('A PEM file with the authorities to trust, instead of those of the system.').optional(),
  cert: file(
    "A PEM file with Miftah's own certificate and its intermediates, for upstreams that require one.",
  ).optional(),
  key: file('The PEM file with the private key of cert.').optional(),
  serverName: host.describe('The name that the certificate must have. Default: the host of the URL.').optional(),
})
  .describe('TLS to an https upstream. The server reads the files when it starts and at each reload.')
  .optional();

const upstreamHost = text(
  'preserve, upstream or a host such as api.internal:8443',
  parseUpstreamHost,
  "The Host header that the upstream gets. preserve: the client's; upstream: that of the URL; or a name. Default preserve.",
).optional();

const placed = { url: upstreamUrl, host: upstreamHost, tls: upstreamTls };

const paths = z
  .record(z.string(), z.union([upstreamUrl, section(placed)]), {
    error: () => 'must be a mapping such as {/v1/payments: http://127.0.0.1:4300}',
  })
  .transform((targets, context) =>
    Object.entries(targets).map(([prefix, target]) => {
      if (isPathPrefix(prefix)) return { prefix, target };
      const message = mustBe(prefix, 'the beginning of a path such as /v1/payments, without a slash at its end');
      context.addIssue({ code: 'custom', message, path: [prefix] });
      return z.NEVER;
    }),
  )
  .describe('Other upstreams for paths that begin with a prefix; the longest prefix wins, and the path is kept.')
  .optional();

const routed = { ...placed, paths };

const environmentUpstream = z.union([upstreamUrl, section(routed)]);

const longestWaitSeconds = 86_400;

const seconds = (description: string) => wholeNumber(1, longestWaitSeconds, description);

const daysOrForever = (minDays: number, description: string) => {
  const error = (issue: { readonly input?: unknown }) =>
    mustBe(issue.input, `a whole number of days from ${minDays} to 36500, or forever`);
  return z
    .union([z.int({ error }).min(minDays, { error }).max(36_500, { error }), z.literal('forever', { error })])
    .describe(description);
};

const maxBodyBytes = (description: string) => wholeNumber(1, 2 ** 40, description);

const secretPrefix = text('a prefix such as sk_live_', (value) => value || undefined, 'The start of every secret.');

const cors = section({
  origins: z
    .union([
      list(
        text(
          'an origin such as https://app.example.com or https://*.example.com, without a path',
          parseOriginPattern,
          'An origin.',
        ),
        'origins',
        'The origins of the pages.',
      ).min(1, { error: () => 'is empty: list at least one origin, or remove cors' }),
      z
        .enum(['any', 'referrers'], {
          error: (issue) =>
            mustBe(issue.input, 'any, referrers, or a list of origins such as [https://app.example.com]'),
        })
        .describe('any: every page. referrers: the pages that the key of a request lists as its referrers.'),
    ])
    .describe('The pages that may call this API from a browser.'),
  methods: list(
    text(
      'a method in capitals such as GET',
      (value) => (/^[A-Z]{1,20}$/.test(value) ? value : undefined),
      'A method in capitals.',
    ),
    'methods',
    'The methods that pages may use. Default: GET, HEAD, POST, PUT, PATCH, DELETE.',
  ).optional(),
  headers: list(
    headerName('content-type'),
    'header names',
    "The request headers that pages may set, besides the header of the key. Default: those that the page's script sets.",
  ).optional(),
  exposeHeaders: list(
    headerName('x-total-count'),
    'header names',
    'The reply headers that scripts may read, besides the rate-limit headers, Retry-After, WWW-Authenticate and X-Request-Id. Default: none.',
  ).optional(),
  credentials: flag(
    'Whether pages may send cookies and client certificates. Requires a list of origins. Default false.',
  ).optional(),
  maxAgeSeconds: wholeNumber(
    0,
    86_400,
    'How long a browser may remember the answer to a preflight, in seconds. Default 600.',
  ).optional(),
  privateNetwork: flag(
    'Whether a page from the internet may call this API on a private network. Requires a list of origins. Default false.',
  ).optional(),
}).describe('Cross-origin requests of browsers. Default: no page of another origin can call this API.');

const api = section({
  id: text(
    'an id of a-z, 0-9 and -, starting with a letter, at most 40 characters',
    (value) => (/^[a-z][a-z0-9-]{0,39}$/.test(value) ? value : undefined),
    'The id of the API: a-z, 0-9 and -, starting with a letter.',
  ),
  profile: text(
    'the id of a profile, or its file, such as ./acme.profile.yaml',
    (value) => value || undefined,
    'A bundled profile, one of profiles, or the file of one. Default: standard.',
  ).optional(),
  product: product
    .describe(
      "The name of this API's product: one for all languages, or one for each. Default: that of the profile, or the id.",
    )
    .optional(),
  hosts: z
    .union([
      list(host, 'host names', 'Hosts that serve both environments; the key decides which one.'),
      section({
        live: list(host, 'host names', 'Hosts of the live environment.').optional(),
        test: list(host, 'host names', 'Hosts of the test environment.').optional(),
      }),
    ])
    .describe(
      'The host names of this API on the public listener. Without hosts and upstream, Miftah only decides: embedded in the application, or asked by it.',
    )
    .optional(),
  console: list(host, 'host names', "Hosts of this API's console.").optional(),
  upstream: z
    .union([
      upstreamUrl,
      section({
        ...routed,
        url: upstreamUrl.optional(),
        live: environmentUpstream.describe('The upstream of the live environment.').optional(),
        test: environmentUpstream.describe('The upstream of the test environment.').optional(),
      }),
    ])
    .describe('What gets allowed requests: one upstream, or one for each environment. Default: the API is not proxied.')
    .optional(),
  upstreamTimeouts: section({
    connectSeconds: seconds('Longest wait for a connection to the upstream, TLS included. Default 3.').optional(),
    firstByteSeconds: seconds(
      'Longest silence between a request and the first byte of its reply. Default 30.',
    ).optional(),
    idleSeconds: seconds('Longest silence within the body of a reply. Default 60.').optional(),
  })
    .describe('How long Miftah waits for the upstream.')
    .optional(),
  uploadIdleSeconds: seconds('Longest silence of a client within its request body; then 408. Default 30.').optional(),
  minUploadBytesPerSecond: wholeNumber(
    0,
    1_000_000_000,
    'Minimum average speed of a request body after its first uploadIdleSeconds; 0: no minimum. Default 1024.',
  ).optional(),
  maxBodyBytes: maxBodyBytes('Maximum size of a request body, in bytes. Default: that of public.').optional(),
  maxReplyHeaderBytes: wholeNumber(
    4_096,
    1_048_576,
    'Maximum size of the headers of a reply of the upstream, in bytes. Default 16384.',
  ).optional(),
  passHeaders: list(
    headerName('x-http-method-override'),
    'header names',
    'Request headers to pass to the upstream that Miftah removes by default: method and URL overrides, client addresses. Default: none.',
  ).optional(),
  cors: cors.optional(),
  publicPaths: list(
    text(
      'a method and a path such as GET /health or GET /docs/**',
      (value) => (/^\S+ /.test(value) ? parseEndpointPattern(value) : undefined),
      'A method, or * for every method, and a path.',
    ),
    'methods and paths',
    'Requests that need no key, such as GET /health. * stands for one segment, a last ** for the rest. Default: none.',
  ).optional(),
  policy: policy.nullable().optional(),
  rateLimitFields: flag(
    "Whether replies carry the IETF's RateLimit and RateLimit-Policy beside the profile's own rate headers. Default: the profile's.",
  ).optional(),
  support: support.optional(),
  secretPrefix: section({ live: secretPrefix.optional(), test: secretPrefix.optional() })
    .describe("Instead of the profile's secret prefixes.")
    .optional(),
  importedKeys: section({
    algorithm: oneOf(digestAlgorithms, 'How the other system hashed its secrets.'),
    prefix: text(
      'a prefix such as old_, printable and without spaces',
      (value) => (/^[!-~]{1,40}$/.test(value) ? value : undefined),
      'The start of every imported secret. Default: none.',
    ).optional(),
    minLength: wholeNumber(20, 1024, 'Minimum length of an imported secret, including its prefix.'),
    maxLength: wholeNumber(20, 1024, 'Maximum length of an imported secret, including its prefix.'),
  })
    .describe("Secrets that another system issued and that are taken beside the profile's own. Default: none.")
    .optional(),
  header: text(
    'a header name such as x-acme-key',
    (value) => (/^[a-z][a-z0-9-]{0,59}$/i.test(value) ? value.toLowerCase() : undefined),
    "Instead of the header in which the profile's keys ride; only for profiles that use a header of their own.",
  ).optional(),
});

const picture = (description: string) =>
  file(`${description} SVG, PNG, WebP or ICO, at most 256 KB, relative to this file.`).optional();

const brand = section({
  product: product.describe('The name of the product: one for all languages, or one for each.').optional(),
  logo: picture('The picture beside the name of the product.'),
  logoDark: picture('The logo in the dark theme. Default: logo.'),
  favicon: picture("The icon of the browser's tab. Default: logo."),
  colour: text(
    'a colour such as "#0a7d5c", in quotes',
    (value) => (/^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : undefined),
    'The colour of buttons, dark enough for white text. The other shades are made from it.',
  ).optional(),
});

/** The configuration file. The input is the user's text values; in the output, every leaf is parsed. */
export const fileSchema = section({
  $schema: z
    .string({ error: () => 'must be text' })
    .describe('For editors; Miftah ignores it.')
    .optional(),
  public: section({
    listen: hostAndPort('127.0.0.1:4100', 'HOST:PORT of the public listener. Default 127.0.0.1:4100.').optional(),
    url: text(
      'an origin such as https://console.example.com, without a path',
      parseOrigin,
      "The origin under which browsers reach the console; links in mails begin with it. Default: the listener's own.",
    ).optional(),
    trustedProxies: list(
      text('an address or a range such as 10.0.0.0/8', parseTrustedProxy, 'An address or a range.'),
      'addresses and ranges',
      'The proxies whose headers about the client are trusted. Default: none.',
    ).optional(),
    forwardedHeader: text(
      'x-forwarded-for, forwarded or a header with one address, such as x-real-ip',
      parseForwardedHeader,
      'The header in which trusted proxies send the client address: x-forwarded-for, forwarded, or a header with one address such as x-real-ip. Default x-forwarded-for.',
    ).optional(),
    via: text(
      'a name such as miftah, or none',
      (value) => (/^[\w.-]{1,60}$/.test(value) ? value : undefined),
      'The name of this server in the Via header of requests and replies; none: no such header. Default miftah.',
    ).optional(),
    healthPath: text(
      'a path such as /-/health, without a query',
      (value) => (value !== '/' && isCanonicalPath(value) ? value : undefined),
      'The path on which load balancers ask, under any host name, whether this node should get requests. It hides the same path of every API and of the console. Default: none.',
    ).optional(),
    jwksPath: text(
      'a path such as /.well-known/miftah/jwks.json, without a query, or none',
      (value) => (value === 'none' || (value !== '/' && isCanonicalPath(value)) ? value : undefined),
      'The path on which anyone reads the public keys of the assertions, under any host name; none: only the internal listener has them. It hides the same path of every API and of the console. Default: /.well-known/miftah/jwks.json, under host names that no API has.',
    ).optional(),
    maxBodyBytes: maxBodyBytes('Maximum size of a request body, in bytes. Default 104857600.').optional(),
    maxHeaderBytes: wholeNumber(
      4_096,
      262_144,
      'Maximum size of the head of a request, in bytes. Default 16384.',
    ).optional(),
    keepAliveSeconds: seconds(
      'Seconds without a request after which an idle connection is closed. Default 65.',
    ).optional(),
    replyStallSeconds: seconds(
      'Seconds without progress after which a client that does not read its reply is cut off. Default 60.',
    ).optional(),
    upstreamConnections: wholeNumber(
      1,
      65_535,
      'Maximum number of connections to one upstream. A key can hold a quarter of them, an organization half. Default 256.',
    ).optional(),
    maxTunnels: wholeNumber(
      0,
      1_000_000,
      'Maximum number of open WebSockets. A key can hold a quarter of them, an organization half. Default 4096.',
    ).optional(),
    tunnelIdleSeconds: wholeNumber(
      1,
      86_400,
      'Seconds without traffic after which a WebSocket is closed. Default 600.',
    ).optional(),
    maxConnections: wholeNumber(
      1,
      1_000_000,
      'Maximum number of open connections; further ones are closed. Default 20000.',
    ).optional(),
  })
    .describe('The listener for clients.')
    .optional(),
  internal: section({
    listen: hostAndPort('127.0.0.1:4101', 'HOST:PORT of the internal listener. Default 127.0.0.1:4101.').optional(),
    names: list(
      host,
      'host names',
      'The names by which programs without a token call this listener, besides localhost and IP addresses, such as miftah.default.svc. Default: the host of listen.',
    ).optional(),
    metrics: oneOf(
      metricsAccess,
      'open: /metrics needs no token. token: it needs a token for metrics, or the operator token. Default open.',
    ).optional(),
    maxConnections: wholeNumber(
      1,
      1_000_000,
      'Maximum number of open connections; further ones are closed. Default 20000.',
    ).optional(),
  })
    .describe('The listener for operators: admin API, decision endpoints, health, metrics.')
    .optional(),
  decisions: section({
    listen: text(
      'HOST:PORT, such as 127.0.0.1:4102, or unix:FILE, such as unix:/run/miftah/decisions.sock',
      parseDecisionsListen,
      'HOST:PORT or unix:FILE of a listener for decisions alone. Every program that may open the file is a gateway. Default: none.',
    ).optional(),
    grpc: text(
      'HOST:PORT, such as 127.0.0.1:4103, or unix:FILE, such as unix:/run/miftah/grpc.sock',
      parseDecisionsListen,
      'HOST:PORT or unix:FILE of a listener for the decisions of Envoy over gRPC. It needs the package @grpc/grpc-js. Default: none.',
    ).optional(),
  })
    .describe('Decisions for gateways: /auth/…. The internal listener always answers them.')
    .optional(),
  dataDir: text('a folder', (value) => value || undefined, 'The data folder. Default ./miftah-data.').optional(),
  secrets: section({
    operatorTokenFile: text('a file', (value) => value || undefined, 'The file with the operator token.').optional(),
    sessionSecretFile: text('a file', (value) => value || undefined, 'The file with the session secret.').optional(),
    signingKeyFile: text('a file', (value) => value || undefined, 'The file with the signing key.').optional(),
  })
    .describe('Files with secrets outside the data folder. Default: Miftah makes them in the data folder.')
    .optional(),
  database: text(
    'sqlite:FILE, such as sqlite:./miftah-data/miftah.db, or postgres://USER@HOST:PORT/DATABASE',
    parseDatabase,
    'sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/DATABASE. Default: sqlite:miftah.db in the data folder.',
  ).optional(),
  coordination: z
    .string({ error: () => coordinationForms })
    .transform((value, context) => {
      if (value === 'none') return value;
      const servers = parseRedisUrl(value);
      if (servers !== undefined) return servers;
      // The message does not repeat the value, because a malformed one may hold a password anywhere.
      context.addIssue({ code: 'custom', message: coordinationForms });
      return z.NEVER;
    })
    .describe(
      'Where rate limits are counted. none: in this process. redis://HOST:PORT, redis+sentinel://HOST,HOST/MASTER or redis+cluster://HOST,HOST: across machines; rediss… uses TLS. Default none.',
    )
    .optional(),
  nodes: wholeNumber(1, 1_000, 'Maximum number of nodes; required if coordination is Redis.').optional(),
  onLimiterOutage: oneOf(
    ['local-share', 'closed'],
    'What happens to rate-limited requests while Redis is down. local-share: each node allows its share of each limit; closed: they are refused as unavailable. Default local-share.',
  ).optional(),
  drainSeconds: wholeNumber(
    0,
    300,
    'How long a server keeps serving after SIGTERM while /readyz answers 503, so that load balancers notice. Default 5 if coordination is Redis, else 0.',
  ).optional(),
  finishSeconds: wholeNumber(
    0,
    3_600,
    'How long requests may take to finish once a server stops; then they are cut. Default 10.',
  ).optional(),
  onStoreOutage: text(
    'refuse or serve-cached(SECONDS), such as serve-cached(30), of 1 to 86400 seconds',
    parseStoreOutage,
    'What a node does when it cannot reach the database for longer than a lease. refuse: it answers unavailable. serve-cached(30): it decides from its cache for up to 30 seconds and may accept keys that were revoked in that time. Set the same value on all nodes. Default refuse.',
  ).optional(),
  webhooks: section({
    allow: list(
      text(
        'a host name, an address or a range, such as hooks.internal or 10.0.0.0/8',
        parseWebhookTarget,
        'A host name, an address or a range.',
      ),
      'host names, addresses and ranges',
      'Where webhooks may go beside public addresses, also over http. Everyone who may create a webhook can reach these. Default: none.',
    ).optional(),
  })
    .describe('Webhooks, which tell other servers of changes.')
    .optional(),
  mail: section({
    from: text(
      'a sender such as Miftah <miftah@example.com>',
      parseSender,
      'The sender of mail. Default: Miftah <miftah@localhost>.',
    ).optional(),
    smtp: section({
      host: text('a host name such as smtp.example.com', parseHost, 'The mail server.'),
      port: wholeNumber(1, 65_535, 'Default 465 if secure is true, else 587.').optional(),
      secure: flag('TLS from the first byte; otherwise STARTTLS. Default false.').optional(),
      user: text('a user name', (value) => value || undefined, 'Default: no sign-in.').optional(),
      passwordFile: text('a file', (value) => value || undefined, 'The file with the password.').optional(),
    })
      .describe('The server that sends mail. Default: mail is written to mail.log in the data folder.')
      .optional(),
  })
    .describe('Mail, such as invitations and password resets.')
    .optional(),
  log: section({
    level: oneOf(logLevels, 'The least serious lines that are written; silent: none. Default info.').optional(),
  })
    .describe('The log, on standard error.')
    .optional(),
  accessLog: section({
    output: text(
      'stdout or a file such as /var/log/miftah/access.log',
      (value) => value || undefined,
      'stdout, or a file that lines are added to. A reload opens it again.',
    ),
    allowedShare: share('The share of allowed requests that have a line, from 0 to 1. Default 1.').optional(),
    refusedShare: share(
      'The share of the other requests that have a line: refused ones, and those with a 5xx. Default 1.',
    ).optional(),
  })
    .describe('The access log: a line of JSON for each request. Default: there is none.')
    .optional(),
  tracing: flag(
    'Whether requests make spans for OpenTelemetry. It needs the package @opentelemetry/api and an SDK. Default false.',
  ).optional(),
  cache: section({
    keys: wholeNumber(1, 100_000_000, 'Maximum number of keys in memory. Default 500000.').optional(),
  })
    .describe('The cache of keys.')
    .optional(),
  countries: section({
    database: file('A database of countries by address: a file in the MMDB format. A reload reads it again.'),
  })
    .describe('Countries in usage and alerts. Default: there are none.')
    .optional(),
  retention: section({
    usage: daysOrForever(
      31,
      'Days for which the counts of requests are kept, of keys and of organizations alike. Default 400, and forever for a database that an older version made.',
    ).optional(),
    audit: daysOrForever(
      90,
      'Days for which audit entries stay in the database once miftah audit archive has archived them. Default forever.',
    ).optional(),
    auditUnarchived: oneOf(
      ['keep', 'remove'],
      'What happens to older audit entries that no archive has. remove: they are lost. Default keep.',
    ).optional(),
    mail: daysOrForever(
      8,
      'Days for which mails stay in mail.log at least, and twice as long at most. Only without an SMTP server. Default 30.',
    ).optional(),
    addresses: daysOrForever(
      1,
      'Days for which the counts of requests by address are kept, at most as long as usage. Default 90.',
    ).optional(),
    denials: daysOrForever(
      1,
      'Days for which denied requests are kept, at most 200,000 groups. Default 30.',
    ).optional(),
  })
    .describe('How long records are kept: a number of days, or forever.')
    .optional(),
  audit: audit.optional(),
  profiles: z
    .record(z.string(), z.union([profile, file('The file of a profile, relative to this one.')]), {
      error: () => 'must be a mapping such as { acme: { extends: standard } }',
    })
    .superRefine((given, context) => {
      for (const id of Object.keys(given)) {
        const problem = findIdProblem(id);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: [id] });
      }
    })
    .transform((given) => Object.fromEntries(Object.entries(given).filter(hasProfile)))
    .describe('Profiles of your own, by id: a profile, or the file of one.')
    .optional(),
  consoles: z
    .record(z.string(), brand, {
      error: () => 'must be a mapping such as { console.example.com: { product: Acme } }',
    })
    .superRefine((given, context) => {
      for (const name of Object.keys(given)) {
        const message = 'must be a host name in lower case such as console.example.com, without scheme and port';
        if (parseHost(name) !== name) context.addIssue({ code: 'custom', message, path: [name] });
      }
    })
    .describe("The look of consoles by host: names, pictures, colours. Default: Miftah's own.")
    .optional(),
  apis: list(api, 'APIs', 'The protected APIs.').min(1, { error: () => 'is empty: list at least one API' }),
});

export type ConfigFile = z.output<typeof fileSchema>;
/** A configuration as an object, of the shape of the file. Miftah copies it, so it can be frozen. */
export type ConfigInput = Frozen<z.input<typeof fileSchema>>;
export type BrandFile = z.output<typeof brand>;
export type ApiFile = z.output<typeof api>;
export type EnvironmentUpstreamFile = z.output<typeof environmentUpstream>;
export type PlacedUpstreamFile = z.output<typeof upstreamUrl> | z.output<ReturnType<typeof section<typeof placed>>>;
export type UpstreamTlsFile = NonNullable<z.output<typeof upstreamTls>>;

/** The same data, from which Miftah only reads. */
type Frozen<Data> = Data extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Data extends object
    ? { readonly [Name in keyof Data]: Frozen<Data[Name]> }
    : Data;

/** Reads `127.0.0.1:4100`, `localhost:0` or `[::1]:4100`. */
function parseHostPort(value: string): HostPort | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(value);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) return undefined;
  const [, bracketed, plain] = parts;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  return parseHost(plain as string) === undefined ? undefined : { host: (plain as string).toLowerCase(), port };
}

/** Reads HOST:PORT, or the file of a unix socket. */
function parseDecisionsListen(value: string): HostPort | { readonly file: string } | undefined {
  const file = /^unix:([^\0]+)$/.exec(value)?.[1];
  return file === undefined ? parseHostPort(value) : { file };
}

/** Checks only the form of a connection string. The database driver checks the rest. */
function parseDatabase(value: string): Config['database'] | undefined {
  const file = /^sqlite:(?!\/\/)(.+)$/.exec(value)?.[1];
  if (file !== undefined) return { kind: 'sqlite', file };
  return /^postgres(ql)?:\/\/[^\s]+$/.test(value) ? { kind: 'postgres', url: value } : undefined;
}

/** Returns for how many seconds a node may serve from its cache. `refuse` is 0. */
function parseStoreOutage(value: string): number | undefined {
  if (value === 'refuse') return 0;
  const seconds = Number(/^serve-cached\((\d{1,5})\)$/.exec(value)?.[1]);
  return seconds >= 1 && seconds <= 86_400 ? seconds : undefined;
}

function parseSender(value: string): string | undefined {
  return /^(?:[^<>@\r\n",;:]{1,100} <[^<>@\s",;:]{1,64}@[^<>@\s",;:]{1,253}>|[^<>@\s",;:]{1,64}@[^<>@\s",;:]{1,253})$/.test(
    value,
  )
    ? value
    : undefined;
}

function parseOrigin(value: string): string | undefined {
  if (!/^https?:\/\/[^/?#@\\\s]+\/?$/i.test(value) || !URL.canParse(value)) return undefined;
  return new URL(value).origin;
}

/** Returns an upstream's origin and base path. The base path is `''` when the URL has none. */
function parseUpstreamUrl(value: string): { readonly origin: string; readonly basePath: string } | undefined {
  const [, place, path = ''] = /^(https?:\/\/[^/?#@\\\s]+)(\/[^?#\\\s]*)?$/i.exec(value) ?? [];
  if (place === undefined || !URL.canParse(place)) return undefined;
  const basePath = path.replace(/\/$/, '');
  return basePath === '' || isCanonicalPath(basePath) ? { origin: new URL(place).origin, basePath } : undefined;
}

function isPathPrefix(value: string): boolean {
  return isCanonicalPath(value) && !value.endsWith('/') && !value.includes('%');
}

/** Accepts `preserve`, `upstream`, or the value of a Host header. */
function parseUpstreamHost(value: string): string | undefined {
  const [, name, port = '1'] = /^([^:]+)(?::(\d{1,5}))?$/.exec(value) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return name !== undefined && parseHost(name) !== undefined && isPort ? value.toLowerCase() : undefined;
}

/** Headers with another meaning. The header that carries an API's keys is checked separately. */
const noForwardedHeaders =
  /^(?:x-miftah-.*|x-forwarded-(?!for$).*|host|connection|authorization|cookie|content-.*|via)$/;

function parseForwardedHeader(value: string): string | undefined {
  const lower = value.toLowerCase();
  return /^[a-z][a-z0-9-]{0,59}$/.test(lower) && !noForwardedHeaders.test(lower) ? lower : undefined;
}

function parseTrustedProxy(value: string): string | undefined {
  try {
    createTrustedProxies([value]);
    return value;
  } catch {
    return undefined;
  }
}

function parseWebhookTarget(value: string): string | undefined {
  const parsed = parseAddressEntry(value, 'cidr');
  if (parsed.ok) return parsed.entry;
  return value.includes('/') || isIP(value) !== 0 ? undefined : parseHost(value);
}

function findIdProblem(id: string): string | undefined {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(id)) return undefined;
  return 'is not an id: use a-z, 0-9 and -, starting with a letter';
}

/** The reader of the configuration has put each file in its place. */
function hasProfile(entry: [string, ProfileFile | string]): entry is [string, ProfileFile] {
  return typeof entry[1] !== 'string';
}
