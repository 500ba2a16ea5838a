// Checks of what is reached over the network: the server, its ports, upstreams, host names, what stands in front.
import { lookup } from 'node:dns/promises';
import { connect, createServer, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type ApiConfig,
  type Config,
  type HostPort,
  type UpstreamConfig,
  type UpstreamTlsFiles,
  upstreamsOf,
} from '../../config/config.ts';
import { readUpstreamTls } from '../../config/upstream-tls.ts';
import { explainTlsFailure, type TlsFailure, type TlsFailureKind } from '../../domain/tls-failure.ts';
import { tlsNameOf } from '../../gateway/upstream.ts';
import { explainProblem, parseJson, type ServerAccess } from '../internal-client.ts';
import { type Finding, fail, failOf, ok, warn } from './finding.ts';

/** What is known of the server that should run. */
export interface ServerState {
  readonly kind: 'absent' | 'stranger' | 'running';
  /** The port that its public listener has; `undefined` where it does not say. */
  readonly publicPort: number | undefined;
  readonly findings: readonly Finding[];
}

const answerTimeoutMs = 3_000;
const connectTimeoutMs = 1_000;
const lookupTimeoutMs = 2_000;

/** Where the internal listener of a configuration is called from this machine. */
export function originOf(config: Pick<Config, 'internal'> | undefined): string | undefined {
  if (config === undefined) return undefined;
  const { host, port } = config.internal.listen;
  const callable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${formatAddress({ host: callable, port })}`;
}

/** @param token the operator's; an error where it can't be read, `undefined` where there is none */
export async function checkServer(origin: string, token: string | Error | undefined): Promise<ServerState> {
  const health = await get({ origin, token: undefined }, '/healthz');
  if (health === undefined) {
    const findings = [
      warn('server', `no server answers at ${origin}`, 'Start it with miftah serve, or set its address with --url.'),
    ];
    return { kind: 'absent', publicPort: undefined, findings: [...findings, checkTokenFile(token)] };
  }
  if ((health.body as { status?: unknown } | undefined)?.status !== 'ok') {
    const fix = 'Set the internal listener with --url, or stop the program that answers there.';
    const findings = [fail('server', `the program that answers at ${origin} is not Miftah’s internal listener`, fix)];
    return { kind: 'stranger', publicPort: undefined, findings };
  }
  const ready = await get({ origin, token: undefined }, '/readyz');
  const readiness =
    ready?.status === 200
      ? ok('server', `ready at ${origin}`)
      : fail('server', `runs at ${origin} but is not ready: ${detailOf(ready)}`, 'Read its log.');
  if (typeof token !== 'string') {
    return { kind: 'running', publicPort: undefined, findings: [readiness, checkTokenFile(token, true)] };
  }
  const apis = await get({ origin, token }, '/v1/apis');
  const nodes = await get({ origin, token }, '/v1/nodes');
  const findings = [readiness, checkAccepted(apis, token), ...(nodes?.status === 200 ? [checkNodes(nodes.body)] : [])];
  return { kind: 'running', publicPort: apis?.status === 200 ? publicPortOf(apis.body) : undefined, findings };
}

function checkTokenFile(token: string | Error | undefined, isNeeded = false): Finding {
  if (token instanceof Error) return failOf('token', token);
  if (token !== undefined) return ok('token', 'found');
  if (!isNeeded) return ok('token', 'none yet: miftah serve creates it');
  return fail(
    'token',
    'no operator token found',
    'Set the data folder of the running server with --data, or set MIFTAH_TOKEN.',
  );
}

function checkAccepted(answer: Answer | undefined, token: string): Finding {
  if (answer?.status === 200) return ok('token', 'accepted');
  if (answer === undefined) return fail('token', 'the server did not answer', 'Read its log.');
  return failOf('token', explainProblem(answer.status, answer.body, '/v1/apis', { token }));
}

/** Whether all nodes use the same configuration. */
function checkNodes(body: unknown): Finding {
  const { data } = body as { readonly data: readonly { readonly id: string; readonly configuration: string | null }[] };
  const digests = new Set(data.map(({ configuration }) => configuration));
  const [digest] = digests;
  if (digests.size === 1 && digest != null) {
    const who = data.length === 1 ? 'one node uses' : `${data.length} nodes use`;
    return ok('nodes', `${who} the configuration ${digest.slice(0, 12)}`);
  }
  const each = data.map(({ id, configuration }) => `${id}: ${configuration?.slice(0, 12) ?? 'unknown'}`);
  return warn(
    'nodes',
    `the nodes use different configurations\n${each.join('\n')}`,
    'Make the files of all nodes alike, then run miftah config reload. Upgrade nodes of an older version.',
  );
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function get({ origin, token }: ServerAccess, path: string): Promise<Answer | undefined> {
  try {
    const answer = await fetch(origin + path, {
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
      ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
    });
    return { status: answer.status, body: parseJson(await answer.text()) };
  } catch {
    return undefined;
  }
}

function detailOf(answer: Answer | undefined): string {
  const detail = (answer?.body as { detail?: unknown } | undefined)?.detail;
  return typeof detail === 'string' ? detail : 'it does not answer';
}

function publicPortOf(body: unknown): number | undefined {
  const { data } = (body ?? {}) as { readonly data?: readonly { readonly urls?: Readonly<Record<string, string>> }[] };
  const url = data?.flatMap(({ urls }) => Object.values(urls ?? {}))[0];
  return url !== undefined && URL.canParse(url) ? Number(new URL(url).port || 80) : undefined;
}

/** Whether an address of the configuration can be listened on, or is so by our own server. */
export async function checkPort(name: 'public' | 'internal', listen: HostPort, isOurs: boolean): Promise<Finding> {
  const check = `${name} port`;
  const address = formatAddress(listen);
  const code = await tryListen(listen);
  const fix = `Choose another address with --${name} HOST:PORT.`;
  switch (code) {
    case undefined:
      return ok(check, listen.port === 0 ? 'any free port' : `${address} is free`);
    case 'EADDRINUSE':
      if (isOurs) return ok(check, `the running server uses ${address}`);
      return fail(check, `${address} is in use by another program`, `Stop it. ${fix}`);
    case 'EACCES':
      return fail(check, `this user may not listen on ${address}`, fix);
    default:
      return fail(check, `cannot listen on ${address} (${code})`, fix);
  }
}

function tryListen({ host, port }: HostPort): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

export async function checkUpstreams({ apis }: Pick<Config, 'apis'>): Promise<readonly Finding[]> {
  const targets = new Map(apis.flatMap(tlsTargetsOf).map((target) => [JSON.stringify(target), target]));
  const files = new Map(apis.flatMap(findTlsFaults).map((finding) => [finding.message, finding]));
  const reached = await Promise.all(
    Array.from(targets.values(), async ({ origin, tls }) => {
      const { protocol, hostname, port } = new URL(origin);
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      const isTls = protocol === 'https:';
      const at = { host, port: Number(port || (isTls ? 443 : 80)) };
      const problem = await tryConnect(at.host, at.port);
      if (problem === undefined) {
        const failure = isTls ? await tryTls(at, tls) : undefined;
        if (failure !== undefined) return fail('upstream', `${origin} ${failure.problem}`, tlsFixes[failure.kind]);
        return ok('upstream', `${origin} accepts connections${isTls ? ', and its certificate is right' : ''}`);
      }
      return fail(
        'upstream',
        `${origin} accepts no connections (${problem})`,
        'Start it, or correct upstream in the configuration.',
      );
    }),
  );
  return [...reached, ...files.values(), ...listUnserved(apis)];
}

/** APIs that the public listener does not serve. That is right where other servers ask Miftah about their requests. */
function listUnserved(apis: Config['apis']): readonly Finding[] {
  const unserved = apis.filter(({ upstream }) => upstream === undefined).map(({ id }) => id);
  if (unserved.length === 0) return [];
  return [ok('upstream', `none, so the public listener does not serve: ${unserved.join(' ')}`)];
}

/** Whether live and test requests reach the same upstream although the vendor promises that their data is separate. */
export function checkTestData({ apis }: Pick<Config, 'apis'>): readonly Finding[] {
  return apis
    .filter(({ profile }) => profile.isolatesTestData && profile.secret.prefixes.test !== undefined)
    .flatMap(({ id, upstream }) => {
      if (upstream === undefined) return [];
      const { live, test } = upstream;
      const ofLive = new Set([live, ...live.paths].map(urlOf));
      const shared = [test, ...test.paths].map(urlOf).find((url) => ofLive.has(url));
      if (shared === undefined) return [];
      return warn(
        'test data',
        `live and test keys of ${id} reach the same upstream, ${shared}`,
        'Its profile promises that test data is separate. Set upstream.live and upstream.test, or separate them in the upstream by X-Miftah-Environment.',
      );
    });
}

function urlOf({ origin, basePath }: UpstreamConfig): string {
  return `${origin}${basePath}`;
}

/** With what each origin is tried. Where the files of TLS are unusable, which is a finding too, without them. */
function tlsTargetsOf(api: ApiConfig) {
  return upstreamsOf(api).map(({ origin, tls }) => {
    const read = tls === undefined ? undefined : readTls(tls, api.id);
    return { origin, tls: read instanceof Error ? undefined : read };
  });
}

function findTlsFaults(api: ApiConfig): readonly Finding[] {
  return upstreamsOf(api).flatMap(({ tls }) => {
    const read = tls === undefined ? undefined : readTls(tls, api.id);
    return read instanceof Error ? [failOf('upstream', read)] : [];
  });
}

function readTls(files: UpstreamTlsFiles, apiId: string): UpstreamTlsFiles | Error {
  try {
    return readUpstreamTls(files, apiId);
  } catch (error) {
    return error as Error;
  }
}

function tryConnect(host: string, port: number): Promise<string | undefined> {
  const socket = connect({ host, port, timeout: connectTimeoutMs });
  return new Promise<string | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('timeout', () => resolve(`no answer within ${connectTimeoutMs} ms`));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'));
  }).finally(() => socket.destroy());
}

const trustFix = 'Set tls.ca of the upstream to a file with the certificate of its authority.';
const tlsFixes: Readonly<Record<TlsFailureKind, string>> = {
  expired: 'Renew its certificate.',
  not_yet_valid: 'Correct the clock of this machine, or its certificate.',
  self_signed: trustFix,
  unknown_ca: trustFix,
  wrong_name: 'Use a name of the certificate in upstream, or give the upstream a certificate for this name.',
  no_tls: 'Use http:// in upstream, or enable TLS there.',
  refused:
    'Read the log of the upstream. If it asks for a client certificate, set tls.cert and tls.key of the upstream.',
  cut: 'Read the log of the upstream.',
};

/** What the proxy would find: it verifies the upstream's own name or address. */
function tryTls({ host, port }: HostPort, tls: UpstreamTlsFiles | undefined): Promise<TlsFailure | undefined> {
  const name = tlsNameOf(tls?.serverName ?? host);
  const { ca, cert, key } = tls ?? {};
  const socket = connectTls({
    host,
    port,
    timeout: connectTimeoutMs,
    ...(name !== undefined && { servername: name }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key }),
  });
  return new Promise<TlsFailure | undefined>((resolve) => {
    socket.once('secureConnect', () => resolve(undefined));
    socket.once('timeout', () => resolve({ kind: 'cut', problem: `says nothing in ${connectTimeoutMs} ms of TLS` }));
    socket.once('error', (error) =>
      resolve(explainTlsFailure(error) ?? { kind: 'cut', problem: 'ends the handshake' }),
    );
  }).finally(() => socket.destroy());
}

/** Whether this machine finds the names that clients call. Where clients ask another resolver, theirs is what counts. */
export async function checkHosts({ apis }: Pick<Config, 'apis'>): Promise<readonly Finding[]> {
  const check = 'host names';
  const names = [...new Set(apis.flatMap(({ hosts, consoleHosts }) => [...hosts.keys(), ...consoleHosts]))];
  const resolved = await Promise.all(
    names.map(async (name) => ({ name, isLocal: isLocalName(name), addresses: await resolveName(name) })),
  );
  const list = (found: typeof resolved): string => found.map(({ name }) => name).join(' ');
  const elsewhere = resolved.filter(
    ({ isLocal, addresses }) => isLocal && addresses.some((address) => !isLoopback(address)),
  );
  const missing = resolved.filter(({ addresses }) => addresses.length === 0);
  const missingHere = missing.filter(({ isLocal }) => isLocal);
  const missingAbroad = missing.filter(({ isLocal }) => !isLocal);
  const findings: Finding[] = [];
  if (elsewhere.length > 0) {
    findings.push(
      warn(
        check,
        `these names do not point to this machine: ${list(elsewhere)}`,
        'Remove them from /etc/hosts or the DNS.',
      ),
    );
  }
  if (missingAbroad.length > 0) {
    const fix = 'Add them to your DNS, or correct hosts in the configuration.';
    findings.push(warn(check, `not found: ${list(missingAbroad)}`, fix));
  }
  if (missingHere.length > 0) {
    const fix = `For other programs, add this to /etc/hosts: 127.0.0.1 ${list(missingHere)}`;
    findings.push(warn(check, 'curl and browsers resolve *.localhost, but the resolver of this machine does not', fix));
  }
  if (findings.length > 0) return findings;
  return [ok(check, names.length === 0 ? 'none: no API has hosts, and no console' : `found: ${list(resolved)}`)];
}

async function resolveName(name: string): Promise<readonly string[]> {
  const late = new Promise<never>((_, reject) => setTimeout(reject, lookupTimeoutMs).unref());
  try {
    const found = await Promise.race([lookup(name, { all: true }), late]);
    return found.map(({ address }) => address);
  } catch {
    return [];
  }
}

/** Whether the addresses of clients can be true, and operators' listener is among operators. */
export function checkExposure(config: Pick<Config, 'public' | 'internal' | 'apis'>): readonly Finding[] {
  const findings = [checkProxies(config)];
  const { host } = config.internal.listen;
  if (!isLoopback(host)) {
    findings.push(
      warn(
        'internal listener',
        `it listens on ${formatAddress(config.internal.listen)}, which other machines can reach`,
        'Allow only operators and proxies to reach it, by a private network and a firewall. The token is not encrypted.',
      ),
    );
  }
  return findings;
}

function checkProxies({ public: { listen, trustedProxies }, apis }: Pick<Config, 'public' | 'apis'>): Finding {
  const check = 'proxies';
  if (trustedProxies.some((range) => range.endsWith('/0'))) {
    return fail(
      check,
      'every address is trusted as a proxy, so any client can claim any address',
      'Set public.trustedProxies to the addresses of your proxies.',
    );
  }
  if (trustedProxies.length > 0) return ok(check, `trusted: ${trustedProxies.join(', ')}`);
  if (!isLoopback(listen.host)) {
    return warn(
      check,
      'other machines can connect, and no proxy is trusted',
      'This is right if clients connect directly. If a proxy or load balancer is in front, add its address to public.trustedProxies.',
    );
  }
  const names = apis.flatMap(({ hosts }) => [...hosts.keys()]).filter((name) => !isLocalName(name));
  if (names.length === 0) return ok(check, 'none: clients run on this machine');
  return warn(
    check,
    `only this machine can reach the public listener, but ${names[0]} is a public name`,
    'If a proxy on this machine is in front, add 127.0.0.1 to public.trustedProxies. Otherwise set public.listen.',
  );
}

export async function checkMail({ mail }: Pick<Config, 'mail'>): Promise<Finding> {
  if (mail.smtp === undefined) {
    return warn(
      'mail',
      'Miftah sends no mail: it writes mail to mail.log in the data folder',
      'Set mail.smtp to send invitations by mail.',
    );
  }
  const { host, port } = mail.smtp;
  const address = formatAddress({ host, port });
  const problem = await tryConnect(host, port);
  if (problem === undefined) return ok('mail', `${address} accepts connections`);
  return fail(
    'mail',
    `${address} accepts no connections (${problem})`,
    'Correct mail.smtp, or allow this machine to reach the mail server.',
  );
}

function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function isLoopback(host: string): boolean {
  return isLocalName(host) || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** As it stands in an address of the command line. */
function formatAddress({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
