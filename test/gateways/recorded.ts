// Gateways that no package of Debian has: they do with a printed configuration what their documentation says.
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { GatewayOutcome, GatewayRequest, Headers } from '../carriers/gateways.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';

interface TraefikMiddleware {
  readonly headers?: { readonly customRequestHeaders: Readonly<Record<string, string>> };
  readonly forwardAuth?: {
    readonly address: string;
    readonly trustForwardHeader: boolean;
    readonly authResponseHeaders: readonly string[];
  };
}

/** Headers of a request by name in lower case. A name can have several lines. */
class Fields {
  readonly lines = new Map<string, string[]>();

  constructor(headers: Headers) {
    for (const [name, value] of headers)
      this.lines.set(name.toLowerCase(), [...(this.lines.get(name.toLowerCase()) ?? []), value]);
  }

  set(name: string, ...values: string[]): void {
    this.lines.set(name.toLowerCase(), values);
  }

  delete(name: string): void {
    this.lines.delete(name.toLowerCase());
  }

  list(): [string, string][] {
    return [...this.lines].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries([...this.lines].map(([name, values]) => [name, values.join('\n')]));
  }
}

/** Traefik 3: the entry point, the middlewares of the router in order, and the upstream. */
export async function sendThroughTraefik(
  text: string,
  token: string,
  request: GatewayRequest,
): Promise<GatewayOutcome> {
  const { http } = parse(text.replaceAll('TOKEN', token)) as {
    http: {
      routers: Record<string, { rule: string; middlewares: string[]; service: string }>;
      middlewares: Record<string, TraefikMiddleware>;
    };
  };
  const [router] = Object.values(http.routers);
  const { api, host, method = 'GET', path = '/', headers, from = '127.0.0.1' } = request;
  expect(router?.rule).toContain(`Host(\`${host}\`)`);
  expect(router?.service).toBe(api);
  const fields = new Fields(headers);
  // The entry point trusts no client with these (forwardedHeaders.insecure is false).
  for (const name of ['for', 'host', 'port', 'proto', 'server']) fields.delete(`x-forwarded-${name}`);
  fields.set('x-real-ip', from);
  for (const name of router?.middlewares ?? []) {
    const { headers: custom, forwardAuth } = http.middlewares[name] ?? {};
    for (const [each, value] of Object.entries(custom?.customRequestHeaders ?? {})) {
      if (value === '') fields.delete(each);
      else fields.set(each, value);
    }
    if (forwardAuth === undefined) continue;
    expect(forwardAuth.trustForwardHeader).toBe(false);
    const asked = new Fields(fields.list());
    for (const hop of ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']) asked.delete(hop);
    asked.set('x-forwarded-for', from);
    asked.set('x-forwarded-method', method);
    asked.set('x-forwarded-proto', 'http');
    asked.set('x-forwarded-port', '80');
    asked.set('x-forwarded-host', host);
    asked.set('x-forwarded-uri', path);
    const url = new URL(forwardAuth.address);
    const reply = await sendRaw({
      port: Number(url.port),
      text: requestText(`GET ${url.pathname} HTTP/1.1`, [['Host', url.host], ...asked.list()]),
    });
    if (reply.status < 200 || reply.status >= 300) return { ...reply, upstream: undefined };
    for (const each of forwardAuth.authResponseHeaders) {
      fields.delete(each);
      const value = reply.headers[each.toLowerCase()];
      if (value !== undefined) fields.set(each, value);
    }
  }
  return { status: 200, headers: {}, body: '', upstream: fields.toRecord() };
}

interface EnvoyFilter {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: Envoy's configuration has a schema of its own.
  readonly typed_config: any;
}

/** Envoy: the connection manager, its HTTP filters in order, the route. */
export async function sendThroughEnvoy(text: string, token: string, request: GatewayRequest): Promise<GatewayOutcome> {
  const { static_resources: resources } = parse(text.replaceAll('TOKEN', token));
  const manager = resources.listeners[0].filter_chains[0].filters[0].typed_config;
  const { api, host, method = 'GET', path = '/', headers, from = '127.0.0.1' } = request;
  const [virtualHost] = manager.route_config.virtual_hosts;
  expect(virtualHost.domains).toContain(host);
  expect([manager.use_remote_address, manager.common_http_protocol_options.headers_with_underscores_action]).toEqual([
    true,
    'DROP_HEADER',
  ]);
  const fields = new Fields(headers.filter(([name]) => !name.includes('_')));
  fields.set('x-forwarded-for', [...(fields.lines.get('x-forwarded-for') ?? []), from].join(','));
  fields.set('x-forwarded-proto', 'http');
  fields.set('x-request-id', 'a-request');
  let shown: Record<string, string> = {};
  for (const { name, typed_config: config } of manager.http_filters as EnvoyFilter[]) {
    if (name === 'envoy.filters.http.header_mutation')
      for (const { remove } of config.mutations.request_mutations) fields.delete(remove);
    if (name !== 'envoy.filters.http.ext_authz') continue;
    expect(config.failure_mode_allow).toBe(false);
    const service = config.http_service;
    const pattern = new RegExp(`^(?:${config.allowed_headers.patterns[0].safe_regex.regex})$`);
    const asked = new Fields([...fields.list().filter(([each]) => pattern.test(each)), ['host', host]]);
    asked.set('content-length', '0');
    for (const { key, value } of service.authorization_request.headers_to_add) asked.set(key, value);
    const reply: RawReply = await sendRaw({
      port: Number(new URL(service.server_uri.uri).port),
      text: requestText(`${method} ${service.path_prefix}${path} HTTP/1.1`, asked.list()),
    });
    // 5xx is a failure of the service.
    if (reply.status >= 500) return { status: 503, headers: {}, body: '', upstream: undefined };
    if (reply.status !== 200) return { ...reply, upstream: undefined };
    const { allowed_upstream_headers: up, allowed_client_headers_on_success: down } = service.authorization_response;
    const pick = ({ patterns }: { patterns: { exact: string }[] }) =>
      patterns.flatMap(({ exact }) =>
        reply.headers[exact] === undefined ? [] : [[exact, reply.headers[exact]] as const],
      );
    for (const [each, value] of pick(up)) fields.set(each, value);
    shown = Object.fromEntries(pick(down));
  }
  expect(virtualHost.routes[0].route.cluster).toBe(api);
  for (const each of virtualHost.request_headers_to_remove) fields.delete(each);
  return { status: 200, headers: shown, body: '', upstream: fields.toRecord() };
}
