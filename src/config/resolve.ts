// Turns a checked file into the configuration: fills in defaults, applies overrides to profiles, and compares the APIs.
import { join, resolve } from 'node:path';
import { type Environment, environments } from '../domain/api-key.ts';
import { defaultForwardedHeader } from '../domain/client-address.ts';
import type { CorsPolicy } from '../domain/cors.ts';
import { describeSource, keyHeadersOf, sourcesOf } from '../domain/credential.ts';
import { foldFieldName, isClientAddressField, isOverrideField, isTraceField } from '../domain/field-name.ts';
import type { ImportedFormat } from '../domain/imported-secret.ts';
import { findFormatFlaw, hasChecksum, type SecretFormat } from '../domain/secret.ts';
import type { Profile } from '../profiles/profile.ts';
import { profiles as bundledProfiles, type ProfileId, profileIds } from './bundled-profiles.ts';
import type { ApiConfig, ApiLimits, Config, RoutedUpstreamConfig, UpstreamConfig, UpstreamTlsFiles } from './config.ts';
import { consoleHostsOf } from './console-hosts.ts';
import { isUsableForKeys } from './key-header.ts';
import type { Report } from './report.ts';
import { resolveAudit } from './resolve-audit.ts';
import { resolveConsoles } from './resolve-consoles.ts';
import { overridePolicy } from './resolve-policy.ts';
import { helpOf, type KnownProfiles, notKnown, overrideLinks, resolveProfiles } from './resolve-profile.ts';
import type { ApiFile, ConfigFile, EnvironmentUpstreamFile, PlacedUpstreamFile, UpstreamTlsFile } from './schema.ts';

/** Limits for an API that sets none of its own. */
const defaultLimits: ApiLimits = {
  connectSeconds: 3,
  firstByteSeconds: 30,
  idleSeconds: 60,
  uploadIdleSeconds: 30,
  minUploadBytesPerSecond: 1_024,
  maxBodyBytes: 100 * 1024 * 1024,
  maxReplyHeaderBytes: 16 * 1024,
};

const defaults = {
  publicListen: { host: '127.0.0.1', port: 4100 },
  internalListen: { host: '127.0.0.1', port: 4101 },
  via: 'miftah',
  maxHeaderBytes: 16 * 1024,
  keepAliveSeconds: 65,
  replyStallSeconds: 60,
  finishSeconds: 10,
  upstreamConnections: 256,
  maxTunnels: 4_096,
  tunnelIdleSeconds: 600,
  maxConnections: 20_000,
  dataDir: 'miftah-data',
  cachedKeys: 500_000,
  addressDays: 90,
  denialDays: 30,
  mailDays: 30,
  corsMaxAgeSeconds: 600,
  /** The default with Redis. */
  drainSeconds: 5,
} as const;

const bundled: KnownProfiles = {
  ids: profileIds,
  find: (id) => (Object.hasOwn(bundledProfiles, id) ? bundledProfiles[id as ProfileId] : undefined),
};

/**
 * Returns the configuration of a file. Calls `report` for each problem that involves several values. If it was called,
 * the result must not be used.
 *
 * @param workingFolder the base of relative paths
 * @param configFolder the base of relative paths of pictures
 */
export function resolveConfig(
  file: ConfigFile,
  { workingFolder, configFolder }: { readonly workingFolder: string; readonly configFolder: string },
  report: Report,
): Omit<Config, 'written'> {
  const dataDir = resolve(workingFolder, file.dataDir ?? defaults.dataDir);
  const limits = { ...defaultLimits, maxBodyBytes: file.public?.maxBodyBytes ?? defaultLimits.maxBodyBytes };
  const profiles = resolveProfiles(file.profiles ?? {}, bundled, (path, message) =>
    report(['profiles', ...path], message),
  );
  const apis = file.apis.map((api, at) =>
    resolveApi(api, profiles, limits, workingFolder, (path, message) => report(['apis', at, ...path], message)),
  );
  reportShared(apis, report);
  const url = file.public?.url;
  if (url !== undefined && apis.some(({ hosts }) => hosts.has(new URL(url).hostname)))
    report(['public', 'url'], 'is the host of an API: give the console its own host');
  const jwksPath = file.public?.jwksPath;
  if (jwksPath !== undefined && jwksPath === file.public?.healthPath)
    report(['public', 'jwksPath'], 'is public.healthPath: choose another path');
  const forwardedHeader = file.public?.forwardedHeader;
  const keyed = apis.find(({ profile }) => keyHeadersOf(profile.source).some((header) => header === forwardedHeader));
  if (keyed !== undefined)
    report(['public', 'forwardedHeader'], `carries the keys of ${keyed.id}: choose another header, such as x-real-ip`);
  const listen = file.public?.listen ?? defaults.publicListen;
  const hosts = consoleHostsOf({ public: { listen, url }, apis });
  return {
    public: {
      listen,
      url,
      trustedProxies: file.public?.trustedProxies ?? [],
      forwardedHeader: file.public?.forwardedHeader ?? defaultForwardedHeader,
      via: file.public?.via === 'none' ? undefined : (file.public?.via ?? defaults.via),
      healthPath: file.public?.healthPath,
      jwksPath,
      maxHeaderBytes: file.public?.maxHeaderBytes ?? defaults.maxHeaderBytes,
      keepAliveSeconds: file.public?.keepAliveSeconds ?? defaults.keepAliveSeconds,
      replyStallSeconds: file.public?.replyStallSeconds ?? defaults.replyStallSeconds,
      upstreamConnections: file.public?.upstreamConnections ?? defaults.upstreamConnections,
      maxTunnels: file.public?.maxTunnels ?? defaults.maxTunnels,
      tunnelIdleSeconds: file.public?.tunnelIdleSeconds ?? defaults.tunnelIdleSeconds,
      maxConnections: file.public?.maxConnections ?? defaults.maxConnections,
    },
    internal: {
      listen: file.internal?.listen ?? defaults.internalListen,
      names: file.internal?.names ?? [],
      metrics: file.internal?.metrics ?? 'open',
      maxConnections: file.internal?.maxConnections ?? defaults.maxConnections,
    },
    decisions: {
      listen: resolveDecisionsListen(file.decisions?.listen, workingFolder),
      grpc: resolveDecisionsListen(file.decisions?.grpc, workingFolder),
    },
    dataDir,
    secrets: resolveSecrets(file.secrets ?? {}, workingFolder),
    database: resolveDatabase(file.database, dataDir, workingFolder),
    coordination: resolveCoordination(file, report),
    serveCachedSeconds: file.onStoreOutage ?? 0,
    drainSeconds: file.drainSeconds ?? ((file.coordination ?? 'none') === 'none' ? 0 : defaults.drainSeconds),
    finishSeconds: file.finishSeconds ?? defaults.finishSeconds,
    webhooks: { allow: file.webhooks?.allow ?? [] },
    mail: resolveMail(file.mail, workingFolder, report),
    log: { level: file.log?.level ?? 'info' },
    accessLog: resolveAccessLog(file.accessLog, workingFolder),
    tracing: file.tracing ?? false,
    cache: { keys: file.cache?.keys ?? defaults.cachedKeys },
    countries: file.countries && { database: resolve(workingFolder, file.countries.database) },
    retention: resolveRetention(file.retention ?? {}, report),
    audit: resolveAudit(file.audit ?? {}, workingFolder, { report, resolveTls }),
    profiles: [...new Set([...Object.keys(file.profiles ?? {}), ...file.apis.map(profileIdOf)])].flatMap(
      (id) => profiles.find(id) ?? [],
    ),
    consoles: resolveConsoles(file.consoles ?? {}, { hosts, folder: configFolder }, (path, message) =>
      report(['consoles', ...path], message),
    ),
    apis,
  };
}

function resolveAccessLog(accessLog: ConfigFile['accessLog'], workingFolder: string): Config['accessLog'] {
  if (accessLog === undefined) return undefined;
  const { output, allowedShare = 1, refusedShare = 1 } = accessLog;
  return {
    output: output === 'stdout' ? output : { file: resolve(workingFolder, output) },
    allowedShare,
    refusedShare,
  };
}

function resolveRetention(
  { usage, addresses, denials, audit, auditUnarchived, mail }: NonNullable<ConfigFile['retention']>,
  report: Report,
): Config['retention'] {
  const auditDays = daysOf(audit ?? 'forever');
  if (auditUnarchived === 'remove' && auditDays === undefined)
    report(['retention', 'auditUnarchived'], 'removes nothing while retention.audit is forever: set a number of days');
  return {
    usageDays: usage === undefined ? 'unset' : daysOf(usage),
    addressDays: daysOf(addresses ?? defaults.addressDays),
    denialDays: daysOf(denials ?? defaults.denialDays),
    auditDays,
    removesUnarchivedAudit: auditUnarchived === 'remove',
    mailDays: daysOf(mail ?? defaults.mailDays),
  };
}

function daysOf(days: number | 'forever'): number | undefined {
  return days === 'forever' ? undefined : days;
}

function resolveSecrets(files: NonNullable<ConfigFile['secrets']>, workingFolder: string): Config['secrets'] {
  const { operatorTokenFile, sessionSecretFile, signingKeyFile } = files;
  const given = { operatorToken: operatorTokenFile, sessionSecret: sessionSecretFile, signingKey: signingKeyFile };
  const entries = Object.entries(given).flatMap(([name, file]) =>
    file === undefined ? [] : [[name, { file: resolve(workingFolder, file) }]],
  );
  return Object.fromEntries(entries) as Config['secrets'];
}

function resolveDecisionsListen(
  listen: NonNullable<ConfigFile['decisions']>['listen'],
  workingFolder: string,
): Config['decisions']['listen'] {
  return listen !== undefined && 'file' in listen ? { file: resolve(workingFolder, listen.file) } : listen;
}

function resolveDatabase(database: ConfigFile['database'], dataDir: string, workingFolder: string): Config['database'] {
  if (database === undefined) return { kind: 'sqlite', file: join(dataDir, 'miftah.db') };
  if (database.kind === 'postgres') return database;
  return { kind: 'sqlite', file: resolve(workingFolder, database.file) };
}

function resolveCoordination(
  { coordination, nodes, onLimiterOutage }: ConfigFile,
  report: Report,
): Config['coordination'] {
  if (coordination === undefined || coordination === 'none') return { kind: 'none' };
  if (nodes === undefined)
    report(
      ['nodes'],
      'is missing: set the maximum number of nodes, which decides the share of each limit that a node gets',
    );
  return { kind: 'redis', servers: coordination, nodes: nodes ?? 1, onOutage: onLimiterOutage ?? 'local-share' };
}

function resolveMail(mail: ConfigFile['mail'], workingFolder: string, report: Report): Config['mail'] {
  const from = mail?.from ?? 'Miftah <miftah@localhost>';
  if (mail?.smtp === undefined) return { from, smtp: undefined };
  const { host, secure = false, port = secure ? 465 : 587, user, passwordFile } = mail.smtp;
  if (user !== undefined && passwordFile === undefined)
    report(['mail', 'smtp', 'passwordFile'], 'is missing: set the file that holds the password of the user');
  const file = passwordFile === undefined ? undefined : resolve(workingFolder, passwordFile);
  return { from, smtp: { host, port, secure, user, passwordFile: file } };
}

function resolveApi(
  api: ApiFile,
  profiles: KnownProfiles,
  limits: ApiLimits,
  workingFolder: string,
  report: Report,
): ApiConfig {
  const profileId = profileIdOf(api);
  const found = profiles.find(profileId);
  if (found === undefined) report(['profile'], notKnown(profileId, profiles.ids));
  const overridden = overrideProfile(found ?? bundledProfiles.standard, api, report);
  const upstream = api.upstream && resolveUpstream(api.upstream, overridden.secret, workingFolder, report);
  if (upstream !== undefined && api.hosts === undefined)
    report(['hosts'], 'is missing: set the host names of this API, such as api.example.com, or remove upstream');
  const isRouted = [upstream?.live, upstream?.test].some((each) => each !== undefined && each.paths.length > 0);
  if (isRouted && api.policy?.strictPaths === false)
    report(['policy', 'strictPaths'], 'must be true where upstream has paths: remove it');
  // If a path can be read in two ways, Miftah and the upstream could choose different routes for it.
  const profile = isRouted ? withStrictPaths(overridden) : overridden;
  return {
    id: api.id,
    profile,
    product: api.product ?? profile.console.product ?? { en: api.id, ar: api.id },
    hosts: api.hosts === undefined ? new Map() : resolveHosts(api.hosts, profile.secret, report),
    consoleHosts: api.console ?? [],
    passHeaders: resolvePassHeaders(api.passHeaders ?? [], profile, report),
    cors: api.cors && resolveCors(api.cors, profile, report),
    publicPaths: api.publicPaths ?? [],
    limits: resolveLimits(api, limits),
    importedKeys: resolveImported(api.importedKeys, profile, report),
    upstream,
  };
}

function profileIdOf({ profile = 'standard' }: ApiFile): string {
  return profile;
}

function withStrictPaths(profile: Profile): Profile {
  return { ...profile, policy: { ...profile.policy, hasStrictPaths: true } };
}

function resolveLimits({ upstreamTimeouts: timeouts, ...api }: ApiFile, limits: ApiLimits): ApiLimits {
  return {
    connectSeconds: timeouts?.connectSeconds ?? limits.connectSeconds,
    firstByteSeconds: timeouts?.firstByteSeconds ?? limits.firstByteSeconds,
    idleSeconds: timeouts?.idleSeconds ?? limits.idleSeconds,
    uploadIdleSeconds: api.uploadIdleSeconds ?? limits.uploadIdleSeconds,
    minUploadBytesPerSecond: api.minUploadBytesPerSecond ?? limits.minUploadBytesPerSecond,
    maxBodyBytes: api.maxBodyBytes ?? limits.maxBodyBytes,
    maxReplyHeaderBytes: api.maxReplyHeaderBytes ?? limits.maxReplyHeaderBytes,
  };
}

function resolvePassHeaders(names: readonly string[], { source }: Profile, report: Report): readonly string[] {
  for (const [at, name] of names.entries()) {
    const folded = foldFieldName(name);
    if (keyHeadersOf(source).some((header) => folded === foldFieldName(header))) {
      report(
        ['passHeaders', at],
        `${name} carries the keys of this API, so Miftah always removes it: remove it from the list`,
      );
    } else if (!isOverrideField(folded) && !isClientAddressField(folded) && !isTraceField(folded)) {
      report(
        ['passHeaders', at],
        `${name} is a header that Miftah always keeps or always removes: list only headers such as x-http-method-override, x-original-url or true-client-ip`,
      );
    }
  }
  return names;
}

function resolveCors(cors: NonNullable<ApiFile['cors']>, { id, policy }: Profile, report: Report): CorsPolicy {
  const { origins, credentials = false, privateNetwork = false } = cors;
  if (origins === 'referrers' && !policy.hasReferrers)
    report(
      ['cors', 'origins'],
      `keys of profile ${id} have no referrers: list the origins, or add referrers: true to policy`,
    );
  if (typeof origins === 'string') {
    for (const [name, isSet] of Object.entries({ credentials, privateNetwork })) {
      if (isSet) report(['cors', name], `needs a list of origins, not ${origins}: list the origins, or remove ${name}`);
    }
  }
  return {
    origins,
    methods: cors.methods ?? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    headers: cors.headers,
    exposeHeaders: cors.exposeHeaders ?? [],
    hasCredentials: credentials,
    maxAgeSeconds: cors.maxAgeSeconds ?? defaults.corsMaxAgeSeconds,
    allowsPrivateNetwork: privateNetwork,
  };
}

function overrideProfile(profile: Profile, api: ApiFile, report: Report): Profile {
  const { header } = api;
  const isUsable = header === undefined || (header !== 'authorization' && isUsableForKeys(header));
  if (header !== undefined && profile.source.kind !== 'header') {
    report(['header'], `profile ${profile.id} takes keys in ${describeSource(profile.source)}; remove header`);
  } else if (!isUsable) {
    report(['header'], `${header} already has a meaning: choose another name, such as x-api-key`);
  }
  return {
    ...profile,
    source: header === undefined || profile.source.kind !== 'header' ? profile.source : { kind: 'header', header },
    secret: overrideSecret(profile.secret, api.secretPrefix, report),
    policy: overridePolicy(profile.policy, api.policy ?? {}, (path, message) => report(['policy', ...path], message)),
    dialect: {
      ...profile.dialect,
      sendsRateLimitFields: api.rateLimitFields ?? profile.dialect.sendsRateLimitFields,
      help: helpOf(api.support, profile.dialect.help),
    },
    console: overrideLinks(profile.console, api.support),
  };
}

function overrideSecret(format: SecretFormat, override: ApiFile['secretPrefix'], report: Report): SecretFormat {
  if (override === undefined) return format;
  const given = environments.filter((environment) => override[environment] !== undefined);
  const prefixes: Partial<Record<Environment, string>> = { ...format.prefixes };
  for (const environment of given) prefixes[environment] = override[environment] as string;
  const secret = { ...format, prefixes };
  const flaw = findFormatFlaw(secret);
  if (flaw !== undefined) report(['secretPrefix'], flaw.message);
  return secret;
}

function resolveImported(given: ApiFile['importedKeys'], profile: Profile, report: Report): ImportedFormat | undefined {
  if (given === undefined) return undefined;
  const { algorithm, prefix = '', minLength, maxLength } = given;
  if (minLength > maxLength)
    report(['importedKeys'], `minLength ${minLength} is greater than maxLength ${maxLength}: swap or correct them`);
  if (prefix.length >= minLength)
    report(
      ['importedKeys', 'prefix'],
      `leaves no random characters in a secret of ${minLength} characters: use a shorter prefix or a larger minLength`,
    );
  const { secret } = profile;
  const isLikeOwn = Object.values(secret.prefixes).some((own) => own.startsWith(prefix) || prefix.startsWith(own));
  const hasOwnLength = minLength <= secret.length && secret.length <= maxLength;
  if (algorithm !== 'sha256' && !hasChecksum(secret) && isLikeOwn && hasOwnLength)
    report(
      ['importedKeys'],
      `secrets of ${secret.length} characters can look like the profile's own, which have no checksum and are found by their SHA-256: give the profile's secrets another length`,
    );
  const isUserName = sourcesOf(profile.source).some((source) => source.kind === 'basic' && source.part === 'user');
  if (isUserName && prefix.includes(':'))
    report(['importedKeys', 'prefix'], 'has a colon, which ends the user name in Basic: use a prefix without one');
  const isSubprotocol = sourcesOf(profile.source).some(({ kind }) => kind === 'subprotocol');
  if (isSubprotocol && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/.test(prefix))
    report(
      ['importedKeys', 'prefix'],
      'has a character that no WebSocket subprotocol can hold: import these keys into an API with another source',
    );
  return { algorithm, prefix, minLength, maxLength };
}

function resolveHosts(hosts: NonNullable<ApiFile['hosts']>, secret: SecretFormat, report: Report): ApiConfig['hosts'] {
  const bound = new Map<string, Environment | undefined>();
  if (Array.isArray(hosts)) {
    for (const host of hosts) bound.set(host, undefined);
  } else {
    for (const environment of environments) {
      const names = hosts[environment] ?? [];
      if (names.length > 0 && secret.prefixes[environment] === undefined)
        report(['hosts', environment], `this profile has no ${environment} environment: remove it`);
      const others = hosts[environment === 'live' ? 'test' : 'live'] ?? [];
      for (const host of names) bound.set(host, others.includes(host) ? undefined : environment);
    }
  }
  if (bound.size === 0) report(['hosts'], 'has no host: add at least one, such as api.example.com');
  return bound;
}

function resolveUpstream(
  upstream: NonNullable<ApiFile['upstream']>,
  secret: SecretFormat,
  workingFolder: string,
  report: Report,
): NonNullable<ApiConfig['upstream']> {
  const place = (given: EnvironmentUpstreamFile, ...path: string[]) =>
    placeUpstream(given, workingFolder, (inner, message) => report(['upstream', ...path, ...inner], message));
  if ('origin' in upstream) {
    const both = place(upstream);
    return { live: both, test: both };
  }
  const { live, test, url, ...rest } = upstream;
  if (live === undefined) {
    if (url === undefined) {
      const fix = 'is missing: set the URL of the upstream, or live and test';
      report(['upstream', test === undefined ? 'url' : 'live'], fix);
    } else if (test !== undefined) {
      report(['upstream', 'url'], 'stands beside test: name it live');
    }
    const both = place({ ...rest, url: url ?? nowhere });
    return { live: both, test: both };
  }
  const [shared] = Object.entries({ url, ...rest }).find(([, value]) => value !== undefined) ?? [];
  if (shared !== undefined)
    report(['upstream', shared], 'stands beside live: set it under live, and under test where there is one');
  if (test === undefined && secret.prefixes.test !== undefined)
    report(
      ['upstream', 'test'],
      'is missing: this profile has test keys; set the upstream for them, or one upstream for both',
    );
  const placedLive = place(live, 'live');
  return { live: placedLive, test: test === undefined ? placedLive : place(test, 'test') };
}

/** Stands in for a missing URL, which has been reported. */
const nowhere = { origin: 'http://127.0.0.1:1', basePath: '' };

function placeUpstream(given: EnvironmentUpstreamFile, workingFolder: string, report: Report): RoutedUpstreamConfig {
  if ('origin' in given) return { ...placeTarget(given, workingFolder, report), paths: [] };
  const paths = (given.paths ?? []).map(({ prefix, target }) => {
    const reportHere: Report = (path, message) => report(['paths', prefix, ...path], message);
    return { prefix, ...placeTarget(target, workingFolder, reportHere) };
  });
  return { ...placeTarget(given, workingFolder, report), paths };
}

function placeTarget(given: PlacedUpstreamFile, workingFolder: string, report: Report): UpstreamConfig {
  if ('origin' in given) return { ...given, host: undefined, tls: undefined };
  const { url, host = 'preserve', tls } = given;
  const sent = host === 'upstream' ? new URL(url.origin).host : host;
  const isTls = url.origin.startsWith('https:');
  if (tls !== undefined && !isTls) report(['tls'], 'is for https upstreams: remove it, or correct url');
  return {
    ...url,
    host: host === 'preserve' ? undefined : sent,
    tls: tls === undefined || !isTls ? undefined : resolveTls(tls, workingFolder, report),
  };
}

function resolveTls(
  { ca, cert, key, serverName }: UpstreamTlsFile,
  workingFolder: string,
  report: Report,
): UpstreamTlsFiles {
  if (cert !== undefined && key === undefined)
    report(['tls', 'key'], 'is missing: set the file with the private key of cert');
  if (cert === undefined && key !== undefined)
    report(['tls', 'cert'], 'is missing: set the file with the certificate of key');
  const fileOf = (path: string | undefined) => (path === undefined ? undefined : resolve(workingFolder, path));
  return { ca: fileOf(ca), cert: fileOf(cert), key: fileOf(key), serverName };
}

function reportShared(apis: readonly ApiConfig[], report: Report): void {
  const ids = new Set<string>();
  const owners = new Map<string, number>();
  apis.forEach((api, at) => {
    if (ids.has(api.id)) report(['apis', at, 'id'], `${api.id} is used twice: give each API its own id`);
    ids.add(api.id);
    const claim = (host: string, key: 'hosts' | 'console') => {
      const owner = owners.get(host);
      if (owner === at) report(['apis', at, key], `${host} is a host of both the API and its console: use two names`);
      else if (owner !== undefined)
        report(['apis', at, key], `${host} already belongs to ${apis[owner]?.id}: a host can serve only one API`);
      owners.set(host, owner ?? at);
    };
    for (const host of api.hosts.keys()) claim(host, 'hosts');
    for (const host of new Set(api.consoleHosts)) claim(host, 'console');
  });
}
