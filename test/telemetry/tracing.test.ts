// Spans through the real SDK of OpenTelemetry: what they are, whose trace they belong to, and what the upstream gets.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { libraryOperator } from '../../src/management/rights.ts';
import * as onFetch from '../../src/middleware/fetch.ts';
import { openMiftah } from '../../src/open.ts';
import { openTracing } from '../../src/telemetry/tracing.ts';
import { spawnCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const exporter = new InMemorySpanExporter();
const closing: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  const sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() });
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  trace.disable();
  context.disable();
  propagation.disable();
  exporter.reset();
});

const apis = `
  - id: classic
    profile: classic
    hosts: [api.localhost]
    upstream: UPSTREAM
    publicPaths: [GET /health]
  - id: open
    profile: classic
    hosts: [open.localhost]
    upstream: UPSTREAM
    passHeaders: [traceparent, tracestate]
`;

interface Traced extends TestServer {
  readonly secret: string;
  readonly keyId: string;
  readonly org: string;
  /** The trace headers that the upstream got, by target. */
  readonly received: Map<string, Record<string, unknown>>;
  send(target: string, headers?: readonly (readonly [string, string])[], host?: string): ReturnType<typeof sendRaw>;
}

async function start(extra: string, log = pino({ level: 'silent' })): Promise<Traced> {
  const received = new Map<string, Record<string, unknown>>();
  const upstream = (req: IncomingMessage, res: ServerResponse): void => {
    const { traceparent, tracestate } = req.headers;
    received.set(req.url ?? '', { traceparent, tracestate });
    if (req.url === '/torn') res.destroy();
    else res.writeHead(req.url === '/broken' ? 503 : 200).end('{}');
  };
  const server = await startTestServer({ apis, extra, upstream, log });
  closing.push(() => server[Symbol.asyncDispose]());
  const org = await server.createOrg();
  const { id: keyId, secret } = await server.createKey({ api: 'classic', org });
  const { secret: ofOpen } = await server.createKey({ api: 'open', org });
  return Object.assign(server, {
    secret,
    keyId,
    org,
    received,
    send(target: string, headers: readonly (readonly [string, string])[] = [], host = 'api.localhost') {
      const key = host === 'open.localhost' ? ofOpen : secret;
      const all = [['Host', host], ['Authorization', `Bearer ${key}`], ...headers] as const;
      return sendRaw({ port: server.publicPort, text: requestText(`GET ${target} HTTP/1.1`, all) });
    },
  });
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';
const traceparent = ['traceparent', `00-${traceId}-${parentId}-01`] as const;
const tracestate = ['tracestate', 'vendor=value'] as const;

function spans(): readonly ReadableSpan[] {
  return exporter.getFinishedSpans();
}

/** The three spans of the only request through the proxy. */
function spansOfProxy() {
  const byKind = (kind: SpanKind) => spans().filter((span) => span.kind === kind);
  const [[request], [decision], [exchange]] = [SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.CLIENT].map(byKind) as [
    ReadableSpan[],
    ReadableSpan[],
    ReadableSpan[],
  ];
  return { request, decision, exchange };
}

describe('the proxy', () => {
  test('makes a span for the request, for the decision and for the exchange', async () => {
    const server = await start('tracing: true');
    expect((await server.send('/v1/users/42?q=secret')).status).toBe(200);
    const { request, decision, exchange } = spansOfProxy();
    expect(spans()).toHaveLength(3);
    expect(request).toMatchObject({
      name: 'GET classic',
      attributes: {
        'miftah.api': 'classic',
        'http.request.method': 'GET',
        'url.path': '/v1/users/42',
        'http.response.status_code': 200,
      },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(request?.parentSpanContext).toBeUndefined();
    expect(decision).toMatchObject({
      name: 'miftah.decide',
      attributes: {
        'miftah.api': 'classic',
        'miftah.carrier': 'proxy',
        'miftah.outcome': 'allowed',
        'miftah.key.id': server.keyId,
        'miftah.org.id': server.org,
      },
    });
    expect(exchange).toMatchObject({
      name: 'GET',
      attributes: { 'http.request.method': 'GET', 'server.address': '127.0.0.1', 'http.response.status_code': 200 },
    });
    for (const span of [decision, exchange]) expect(span?.parentSpanContext).toEqual(request?.spanContext());
    const { traceId: ours, spanId } = exchange?.spanContext() ?? {};
    expect(server.received.get('/v1/users/42?q=secret')).toEqual({
      traceparent: `00-${ours}-${spanId}-01`,
      tracestate: undefined,
    });
    for (const { startTime, endTime } of spans())
      expect(endTime[0] * 1e9 + endTime[1]).toBeGreaterThanOrEqual(startTime[0] * 1e9 + startTime[1]);
  });

  test('tells of denials and failures', async () => {
    const server = await start('tracing: true');
    await server.send('/v1/users', [['Authorization', 'Bearer other']]);
    expect(spans().map(({ name }) => name)).toEqual(['miftah.decide', 'GET classic']);
    expect(spans()[0]?.attributes['miftah.outcome']).toBe('credential_ambiguous');
    expect(spans()[1]).toMatchObject({
      attributes: { 'http.response.status_code': 401 },
      status: { code: SpanStatusCode.UNSET },
    });

    exporter.reset();
    await server.send('/broken');
    const failed = { attributes: { 'http.response.status_code': 503 }, status: { code: SpanStatusCode.ERROR } };
    expect(spansOfProxy()).toMatchObject({ request: failed, exchange: failed });

    exporter.reset();
    await server.send('/torn');
    expect(spansOfProxy()).toMatchObject({
      request: { attributes: { 'http.response.status_code': 502 }, status: { code: SpanStatusCode.ERROR } },
      exchange: { attributes: { 'error.type': 'closed' }, status: { code: SpanStatusCode.ERROR } },
    });
  });

  test('masks a secret in the path', async () => {
    const server = await start('tracing: true');
    await server.send(`/v1/${server.secret}/x?key=${server.secret}`);
    expect(JSON.stringify(spans().map(({ name, attributes }) => [name, attributes]))).not.toContain(
      server.secret.slice(12, 24),
    );
  });

  test('makes spans for a public path, without a decision', async () => {
    const server = await start('tracing: true');
    await server.send('/health');
    expect(spans().map(({ name }) => name)).toEqual(['GET', 'GET classic']);
  });

  test('continues the trace of a trusted proxy, and that of every client where the API passes it', async () => {
    const trusting = await start('tracing: true\npublic: { trustedProxies: [127.0.0.1] }');
    await trusting.send('/v1/a', [traceparent, tracestate]);
    const { request, exchange } = spansOfProxy();
    expect(request?.parentSpanContext).toMatchObject({ traceId, spanId: parentId, isRemote: true });
    expect(trusting.received.get('/v1/a')).toEqual({
      traceparent: `00-${traceId}-${exchange?.spanContext().spanId}-01`,
      tracestate: 'vendor=value',
    });

    exporter.reset();
    const strict = await start('tracing: true');
    await strict.send('/v1/a', [traceparent], 'open.localhost');
    expect(spansOfProxy().request?.parentSpanContext).toMatchObject({ traceId, spanId: parentId });
  });

  test('begins a trace of its own for a stranger, and for two contexts at once', async () => {
    const strict = await start('tracing: true');
    await strict.send('/v1/a', [traceparent, tracestate]);
    expect(spansOfProxy().request?.parentSpanContext).toBeUndefined();
    expect(spansOfProxy().request?.spanContext().traceId).not.toBe(traceId);
    expect(strict.received.get('/v1/a')).toMatchObject({ tracestate: undefined });
    expect(strict.received.get('/v1/a')?.traceparent).not.toContain(traceId);

    exporter.reset();
    const trusting = await start('tracing: true\npublic: { trustedProxies: [127.0.0.1] }');
    await trusting.send('/v1/b', [traceparent, ['Traceparent', `00-${'1'.repeat(32)}-${parentId}-01`]]);
    expect(spansOfProxy().request?.parentSpanContext).toBeUndefined();
  });

  test('passes the context on when the sampler keeps nothing', async () => {
    const trusting = await start('tracing: true\npublic: { trustedProxies: [127.0.0.1] }');
    await trusting.send('/v1/a', [['traceparent', `00-${traceId}-${parentId}-00`]]);
    expect(spans()).toEqual([]);
    expect(trusting.received.get('/v1/a')?.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  });
});

describe('without spans', () => {
  test.each(['', 'tracing: true'])(
    'the context of a trusted proxy goes on unchanged, with %j and no SDK',
    async (on) => {
      trace.disable();
      propagation.disable();
      const server = await start(`${on}\npublic: { trustedProxies: [127.0.0.1] }`);
      await server.send('/v1/a', [traceparent, tracestate]);
      expect(spans()).toEqual([]);
      expect(server.received.get('/v1/a')).toEqual({ traceparent: traceparent[1], tracestate: tracestate[1] });
    },
  );

  test('no span is made, though an SDK is there', async () => {
    const server = await start('');
    await server.send('/v1/a');
    expect(spans()).toEqual([]);
  });
});

test.each(['', 'tracing: true'])('the access log and the log name the trace, with %j', async (on) => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-traces-'));
  closing.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const extra = `${on}\naccessLog: { output: ${file} }\npublic: { trustedProxies: [127.0.0.1] }`;
  const server = await start(extra, log);
  await server.send('/torn', [traceparent, ['X-Request-Id', 'from-the-proxy']]);
  await server.send('/v1/a', [['traceparent', `00-${server.secret.slice(-32)}-${parentId}-01`]]);
  await server.server.close();
  const [first, second] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ path: '/torn', traceId });
  // What is no trace id is in no log.
  expect(second.traceId).toEqual(on === '' ? undefined : expect.stringMatching(/^[0-9a-f]{32}$/));
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ msg: 'upstream failed', requestId: 'from-the-proxy', traceId }),
  );
});

test('a decision in an application is below the span of the application', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'miftah-traces-'));
  closing.push(() => rm(dataDir, { recursive: true }));
  const miftah = await openMiftah({
    config: { dataDir, tracing: true, log: { level: 'silent' }, apis: [{ id: 'acme' }] },
  });
  closing.push(() => miftah.close());
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'acme', orgId, name: 'key' });
  const guarded = onFetch.apiKeyAuth(miftah.api('acme'))(async () => new Response('fine'));
  const tracer = trace.getTracer('application');
  await tracer.startActiveSpan('application', async (span) => {
    await guarded(new Request('http://localhost/v1', { headers: { authorization: `Bearer ${secret}` } }));
    span.end();
  });
  const [decision, application] = spans();
  expect(decision).toMatchObject({ name: 'miftah.decide', attributes: { 'miftah.carrier': 'fetch' } });
  expect(decision?.parentSpanContext).toEqual(application?.spanContext());
});

test('`miftah serve` uses the SDK that Node.js loads before it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-traces-'));
  closing.push(() => rm(folder, { recursive: true }));
  const listen = 'public: { listen: 127.0.0.1:0 }\ninternal: { listen: 127.0.0.1:0 }\ntracing: true\n';
  const api = 'apis: [{ id: acme, hosts: [acme.localhost], upstream: "http://127.0.0.1:1" }]\n';
  await writeFile(join(folder, 'miftah.yaml'), listen + api);
  const sdk = new URL('print-spans.mjs', import.meta.url).href;
  const child = spawnCli(['serve', '--config', 'miftah.yaml', '--json'], {
    cwd: folder,
    env: { NODE_OPTIONS: `--import ${sdk}` },
  });
  const closed = once(child, 'close');
  closing.push(() => {
    child.kill('SIGKILL');
    return closed;
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  while (!printed.includes('\n')) await once(child.stdout, 'data');
  const { public: url } = JSON.parse(printed) as { public: string };
  await sendRaw({
    port: Number(new URL(url).port),
    text: requestText('GET /v1/a HTTP/1.1', [['Host', 'acme.localhost']]),
  });
  while (!printed.includes("name: 'GET acme'")) await once(child.stdout, 'data');
  expect(printed).toContain("name: 'miftah.decide'");
  expect(printed).toContain("'miftah.outcome': 'credential_missing'");
});

test('a missing package is an error that says how to install it', async () => {
  const load = () => Promise.reject(new Error('Cannot find package'));
  await expect(openTracing(load)).rejects.toMatchObject({
    code: 'tracing_missing',
    message: 'tracing needs a package that is not installed: run npm install @opentelemetry/api',
  });
});
