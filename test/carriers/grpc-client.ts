// An Envoy that asks over gRPC: the client is Python's, and what Envoy does with the answer is here.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import type { GatewayOutcome, GatewayRequest } from './gateways.ts';

interface HeaderOption {
  readonly header: { readonly key: string; readonly value?: string };
  readonly append?: { readonly value?: boolean } | boolean;
  readonly append_action?: number;
}

export interface CheckResponse {
  readonly status?: { readonly code?: number };
  readonly ok_response?: {
    readonly headers?: readonly HeaderOption[];
    readonly headers_to_remove?: readonly string[];
    readonly response_headers_to_add?: readonly HeaderOption[];
    readonly query_parameters_to_remove?: readonly string[];
  };
  readonly denied_response?: {
    readonly status?: { readonly code?: number };
    readonly headers?: readonly HeaderOption[];
    readonly body?: string;
  };
}

export type CheckReply =
  | { readonly code: 'OK'; readonly response: CheckResponse }
  | { readonly code: string; readonly details: string; readonly response?: undefined };

/** Lines of metadata. */
type Metadata = readonly (readonly [string, string])[];

export interface GrpcClient {
  check(request: object, metadata: Metadata): Promise<CheckReply>;
  /** Sends these bytes as the message. */
  checkBytes(raw: Uint8Array, metadata: Metadata): Promise<CheckReply>;
  close(): Promise<void>;
}

/** @param address `HOST:PORT` or `unix:FILE` */
export function openGrpcClient(address: string): GrpcClient {
  const script = new URL('./grpc-client.py', import.meta.url).pathname;
  // Without a proxy, which gRPC would read from the environment.
  const env = { ...process.env, NO_PROXY: '*', no_proxy: '*' };
  const child: ChildProcess = spawn('/usr/bin/python3', ['-B', script, address], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  });
  const exited = once(child, 'exit');
  const waiting: PromiseWithResolvers<CheckReply>[] = [];
  if (child.stdout === null || child.stdin === null) throw new Error('the client has no pipes');
  const { stdin } = child;
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  exited.then(() => {
    for (const each of waiting) each.reject(new Error('the client ended'));
  });
  const call = (fields: object): Promise<CheckReply> => {
    const answer = Promise.withResolvers<CheckReply>();
    waiting.push(answer);
    stdin.write(`${JSON.stringify(fields)}\n`);
    return answer.promise;
  };
  return {
    check: (request, metadata) => call({ request, metadata }),
    checkBytes: (raw, metadata) => call({ raw: Buffer.from(raw).toString('base64'), metadata }),
    async close() {
      stdin.end();
      await exited;
    },
  };
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');

/** What Envoy sends about a request, with `encode_raw_headers` and `use_remote_address`. */
export function attributesOf({ api, host, method = 'GET', path = '/v1/users/usr_123', headers, from }: GatewayRequest) {
  const lines = [[':authority', host], [':method', method], [':path', path], [':scheme', 'http'], ...headers];
  const source = from ?? '127.0.0.1';
  const all = [...lines.filter(([name]) => !isForwardedFor(name)), ['x-forwarded-for', forwardedFor(headers, source)]];
  const header_map = {
    headers: all.map(([name = '', value = '']) => ({ key: name.toLowerCase(), raw_value: base64(value) })),
  };
  return {
    source: { address: { socket_address: { address: source, port_value: 40_000 } } },
    destination: { address: { socket_address: { address: '127.0.0.1', port_value: 10_000 } } },
    request: { http: { id: '1', method, path, host, scheme: 'http', size: -1, protocol: 'HTTP/1.1', header_map } },
    context_extensions: { miftah_api: api },
  };
}

const isForwardedFor = (name: string | undefined) => name?.toLowerCase() === 'x-forwarded-for';

function forwardedFor(headers: GatewayRequest['headers'], source: string): string {
  const sent = headers.filter(([name]) => isForwardedFor(name)).map(([, value]) => value);
  return [...sent, source].join(',');
}

/** Sends a client's request through Envoy. */
export async function sendThroughEnvoy(
  client: GrpcClient,
  operatorToken: string,
  request: GatewayRequest,
): Promise<GatewayOutcome> {
  const reply = await client.check({ attributes: attributesOf(request) }, [['x-miftah-token', operatorToken]]);
  expect(reply).toMatchObject({ code: 'OK' });
  const { status, ok_response: ok, denied_response: denied } = reply.response as CheckResponse;
  if ((status?.code ?? 0) !== 0) {
    expect(ok).toBeUndefined();
    const body = denied?.body ?? '';
    const headers = apply(new Map(), denied?.headers);
    // Envoy sets it for a reply with a body.
    if (denied?.status?.code !== 204) headers.set('content-length', String(Buffer.byteLength(body)));
    return { status: denied?.status?.code ?? 403, headers: Object.fromEntries(headers), body, upstream: undefined };
  }
  expect(denied).toBeUndefined();
  const upstream = apply(new Map(request.headers.map(([name, value]) => [name.toLowerCase(), value])), ok?.headers);
  for (const name of ok?.headers_to_remove ?? []) upstream.delete(name);
  const headers = apply(new Map(), ok?.response_headers_to_add);
  return {
    status: 200,
    headers: Object.fromEntries(headers),
    body: '',
    upstream: Object.fromEntries([...upstream].filter(([, value]) => value !== '')),
  };
}

/** As Envoy reads the options: `append` decides if it is there. */
function apply(headers: Map<string, string>, options: readonly HeaderOption[] = []): Map<string, string> {
  for (const { header, append, append_action: action = 0 } of options) {
    expect(append).toBeDefined();
    const isAppended = typeof append === 'object' ? append.value === true : append === true;
    expect(action).toBe(isAppended ? 0 : 2);
    const before = isAppended ? headers.get(header.key) : undefined;
    headers.set(header.key, before === undefined ? (header.value ?? '') : `${before}, ${header.value}`);
  }
  return headers;
}
