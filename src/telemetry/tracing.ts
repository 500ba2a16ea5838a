// Spans through @opentelemetry/api alone: the SDK that the program has registered samples and exports them. Only this
// file knows the package.
import type { Attributes, Context, Span, TextMapGetter, TextMapSetter, Tracer } from '@opentelemetry/api';
import { OperationalError } from '../domain/operational-error.ts';
import type { Carrier } from './traffic.ts';

type Api = typeof import('@opentelemetry/api');

/** Headers of a message, flat: names and values in turn. */
type RawHeaders = readonly string[];

/** Makes the spans of requests. Times are on the clock of `performance.now()`. */
export interface Tracing {
  /**
   * Begins the span of a request that the proxy serves. The span that is active here is its parent, else the one that
   * `trusted` names.
   *
   * @param trusted headers of a trusted peer; `undefined`: the peer is a stranger, and its trace is not continued
   */
  begin(request: TracedRequest, trusted: RawHeaders | undefined): RequestTrace;
  /** Makes the span of a decision, below that of `begin` or else the active one. */
  decided(parent: RequestTrace | undefined, decision: Decision): { readonly traceId: string | undefined };
}

export interface TracedRequest {
  readonly apiId: string;
  readonly method: string;
  /** Without query and secrets. */
  readonly path: string;
  readonly arrivedAtMs: number;
}

export interface Decision {
  readonly apiId: string;
  readonly carrier: Carrier;
  /** `allowed`, or the reason of a denial. */
  readonly outcome: string;
  readonly key: { readonly id: string; readonly orgId: string } | undefined;
  readonly arrivedAtMs: number;
}

/** The spans of one request on its way through the proxy. */
export interface RequestTrace {
  /** 32 hex digits. `undefined`: no SDK is registered. */
  readonly traceId: string | undefined;
  /**
   * Begins the span of the exchange with the upstream. Returns the headers with its trace context in place of any other.
   */
  forward(upstream: { readonly method: string; readonly server: string }, headers: string[]): string[];
  /** Ends the span of the exchange, if there is one. Later calls do nothing. */
  endUpstream(end: { readonly status: number | undefined; readonly failure: string | undefined }): void;
  /** Ends the span of the request. Later calls do nothing. */
  end(end: { readonly status: number | undefined; readonly reason: string | undefined }): void;
}

/**
 * Loads the package. Rejects with an `OperationalError` (`tracing_missing`) where it is not installed.
 *
 * @param load default: `@opentelemetry/api`
 */
export async function openTracing(load: () => Promise<Api> = () => import('@opentelemetry/api')): Promise<Tracing> {
  let api: Api;
  try {
    api = await load();
  } catch (cause) {
    throw new OperationalError(
      'tracing_missing',
      'tracing needs a package that is not installed: run npm install @opentelemetry/api',
      { cause },
    );
  }
  return new ApiTracing(api);
}

class ApiTracing implements Tracing {
  readonly #api: Api;
  readonly #tracer: Tracer;

  constructor(api: Api) {
    this.#api = api;
    this.#tracer = api.trace.getTracer('miftah');
  }

  begin({ apiId, method, path, arrivedAtMs }: TracedRequest, trusted: RawHeaders | undefined): RequestTrace {
    const { context, propagation, trace, SpanKind } = this.#api;
    let parent = context.active();
    if (trace.getSpan(parent) === undefined && trusted !== undefined)
      parent = propagation.extract(parent, trusted, rawGetter);
    const attributes = { 'miftah.api': apiId, 'http.request.method': method, 'url.path': path };
    const span = this.#tracer.startSpan(
      `${method} ${apiId}`,
      { kind: SpanKind.SERVER, startTime: arrivedAtMs, attributes },
      parent,
    );
    return new ApiRequestTrace(this.#api, this.#tracer, span, trace.setSpan(parent, span));
  }

  decided(parent: RequestTrace | undefined, { apiId, carrier, outcome, key, arrivedAtMs }: Decision) {
    const attributes: Attributes = { 'miftah.api': apiId, 'miftah.carrier': carrier, 'miftah.outcome': outcome };
    if (key !== undefined) Object.assign(attributes, { 'miftah.key.id': key.id, 'miftah.org.id': key.orgId });
    const within = parent instanceof ApiRequestTrace ? parent.context : this.#api.context.active();
    const span = this.#tracer.startSpan('miftah.decide', { startTime: arrivedAtMs, attributes }, within);
    span.end(performance.now());
    return { traceId: traceIdOf(this.#api, span) };
  }
}

class ApiRequestTrace implements RequestTrace {
  readonly traceId: string | undefined;
  /** With the span of the request. */
  readonly context: Context;
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #span: Span;
  #upstream: Span | undefined;
  #hasEnded = false;

  constructor(api: Api, tracer: Tracer, span: Span, context: Context) {
    this.#api = api;
    this.#tracer = tracer;
    this.#span = span;
    this.context = context;
    this.traceId = traceIdOf(api, span);
  }

  forward({ method, server }: { readonly method: string; readonly server: string }, headers: string[]): string[] {
    const { trace, propagation, SpanKind } = this.#api;
    const attributes = { 'http.request.method': method, 'server.address': server };
    const options = { kind: SpanKind.CLIENT, startTime: performance.now(), attributes };
    this.#upstream = this.#tracer.startSpan(method, options, this.context);
    // Without an SDK, the client's context goes on unchanged.
    if (this.traceId === undefined) return headers;
    const fields = new Set(propagation.fields().map((name) => name.toLowerCase()));
    const kept = headers.filter((_, at) => !fields.has((headers[at - (at % 2)] as string).toLowerCase()));
    propagation.inject(trace.setSpan(this.context, this.#upstream), kept, rawSetter);
    return kept;
  }

  endUpstream({
    status,
    failure,
  }: {
    readonly status: number | undefined;
    readonly failure: string | undefined;
  }): void {
    const span = this.#upstream;
    if (span === undefined) return;
    this.#upstream = undefined;
    this.#finish(span, status, failure, failure !== undefined || (status ?? 0) >= 400);
  }

  end({ status, reason }: { readonly status: number | undefined; readonly reason: string | undefined }): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#finish(this.#span, status, reason, (status ?? 0) >= 500);
  }

  #finish(span: Span, status: number | undefined, error: string | undefined, isError: boolean): void {
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (error !== undefined) span.setAttribute('error.type', error);
    if (isError) span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    span.end(performance.now());
  }
}

function traceIdOf({ isSpanContextValid }: Api, span: Span): string | undefined {
  const context = span.spanContext();
  return isSpanContextValid(context) ? context.traceId : undefined;
}

const rawGetter: TextMapGetter<RawHeaders> = {
  keys: (headers) => headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()),
  get(headers, wanted) {
    const values = headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === wanted.toLowerCase());
    // The lines of `tracestate` are one list (W3C Trace Context). Any other header must be there once.
    return values.length <= 1 || wanted.toLowerCase() === 'tracestate' ? values : undefined;
  },
};

const rawSetter: TextMapSetter<string[]> = {
  set: (headers, name, value) => void headers.push(name, value),
};

/** The trace id of the only `traceparent` of a message, if it is well-formed (W3C Trace Context §3.2.2). */
export function findTraceId(headers: RawHeaders): string | undefined {
  const value = rawGetter.get(headers, 'traceparent')?.[0];
  const [, id] =
    /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/.exec(value ?? '') ?? [];
  return id;
}
