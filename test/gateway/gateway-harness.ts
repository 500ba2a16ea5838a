// A gateway in front of an upstream on real sockets, for the tests beside this file.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import type { RoutedTarget } from '../../src/gateway/destinations.ts';
import { createIdentityHeaders } from '../../src/gateway/identity-headers.ts';
import type { ForwardOutcome } from '../../src/gateway/outcome.ts';
import {
  type Carried,
  createProxy,
  type ProxyOptions,
  prepareLimits,
  type RequestLimits,
  type ReverseProxy,
} from '../../src/gateway/proxy.ts';
import { isWebSocketUpgrade, openUpgradeReply } from '../../src/gateway/tunnel.ts';
import type { UpstreamTarget } from '../../src/gateway/upstream.ts';

/** The headers that the gateway adds to each request. */
export const OURS = ['X-Miftah-Key-Id', 'key_1', 'X-Request-Id', 'req_1'];

/** A running gateway, with what its proxy has reported. */
export interface Gateway {
  readonly port: number;
  readonly origin: string;
  readonly proxy: ReverseProxy;
  readonly outcomes: ForwardOutcome[];
  /** What the proxy returned for each request, in the order of the requests. */
  readonly carried: (Carried | undefined)[];
  endedTunnels: number;
  /** Later replies hold back their last byte until it resolves. Default: the end of this turn of the event loop. */
  recorded: Promise<void> | undefined;
  /** Resolves with the next outcome that no earlier call has returned. */
  nextOutcome(): Promise<ForwardOutcome>;
}

/** The limits of a proxy, its requests and its upstreams. */
export type Limits = ProxyOptions & RequestLimits & Omit<UpstreamTarget, 'origin'>;

export const LIMITS: Limits = {
  connectTimeoutMs: 2_000,
  maxReplyHeaderBytes: 16 * 1024,
  clientStallTimeoutMs: 20_000,
  headersTimeoutMs: 20_000,
  bodyIdleTimeoutMs: 20_000,
  maxRequestBodyBytes: 64 * 1024 * 1024,
  connectionsPerOrigin: 16,
  requestsPerOrigin: 64,
  connectionWaitMs: 10_000,
  requestBodyIdleTimeoutMs: 20_000,
  minBodyBytesPerSecond: 1_024,
  maxTunnels: 16,
  tunnelIdleTimeoutMs: 60_000,
  tunnelCloseTimeoutMs: 10_000,
};

const cleanups: (() => Promise<unknown>)[] = [];

/** Closes everything that the test opened. Call it in `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** Listens on a free port, and returns it. `closeAll` closes the server and its sockets. */
export async function listen(server: Server | NetServer, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Starts an upstream on a free port. `closeAll` closes it. */
export async function startUpstream(
  onRequest: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<{ port: number; server: Server }> {
  const server = createServer(onRequest);
  return { port: await listen(server), server };
}

/** Starts an upstream that sends any bytes that the test wants. */
export async function startRawUpstream(onSocket: (socket: Socket) => void): Promise<{ port: number }> {
  return { port: await listen(createNetServer({ allowHalfOpen: true }, onSocket)) };
}

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

function statusFor(outcome: ForwardOutcome): number {
  switch (outcome.kind) {
    case 'body_too_large':
      return 413;
    case 'body_too_slow':
      return 408;
    case 'share_exceeded':
      return 503;
    case 'cut':
      return 401;
    case 'request_invalid':
      return 400;
    case 'upstream_failed':
      if (outcome.cause === 'overloaded') return 503;
      return outcome.cause === 'timeout' ? 504 : 502;
    default:
      return 0;
  }
}

/** `upstream` is a port on 127.0.0.1, or an origin. */
export function targetOf(upstream: number | string, limits: Limits = LIMITS): UpstreamTarget {
  const { connectTimeoutMs, maxReplyHeaderBytes } = limits;
  const origin = typeof upstream === 'string' ? upstream : `http://127.0.0.1:${upstream}`;
  return { origin, connectTimeoutMs, maxReplyHeaderBytes };
}

/** The target as the only upstream of an environment. */
export function routedTo(upstream: number | string): RoutedTarget {
  return { ...targetOf(upstream), basePath: '', host: undefined, paths: [] };
}

/** Starts a gateway. `upstream` is a port on 127.0.0.1, or an origin. */
export async function startGateway(upstream: number | string, changes: Partial<Limits> = {}): Promise<Gateway> {
  const limits = { ...LIMITS, ...changes };
  const proxy = createProxy(limits);
  const requestLimits = prepareLimits(limits);
  const opened = proxy.openUpstream(targetOf(upstream, limits));
  const finish = createIdentityHeaders({ stripped: ['x-api-key'] });
  const outcomes: ForwardOutcome[] = [];
  const waiting: ((outcome: ForwardOutcome) => void)[] = [];
  const untaken: ForwardOutcome[] = [];

  function inputFor(req: IncomingMessage) {
    return {
      // The test names the request's key in a header: `X-Key: ORG.KEY`.
      keyId: String(req.headers['x-key'] ?? 'org_1.key_1'),
      orgId: String(req.headers['x-key'] ?? 'org_1').split('.')[0] as string,
      upstream: opened,
      limits: requestLimits,
      method: req.method as string,
      target: req.url as string,
      requestHeaders: finish(req.rawHeaders, OURS, false),
      responseHeaders: ['X-Request-Id', 'req_1'],
      vary: ['X-API-Key'],
      isCacheControlPrivate: true,
    };
  }

  function settle(res: ServerResponse, outcome: ForwardOutcome): Promise<void> | undefined {
    outcomes.push(outcome);
    const status = statusFor(outcome);
    if (status > 0 && !res.headersSent) res.writeHead(status, ['Content-Type', 'text/plain']).end(`refused: ${status}`);
    const waiter = waiting.shift();
    if (waiter === undefined) untaken.push(outcome);
    else waiter(outcome);
    return outcome.kind === 'answered' ? (gateway.recorded ?? nextTurn()) : undefined;
  }

  const server = createServer({ shouldUpgradeCallback: isWebSocketUpgrade }, (req, res) => {
    gateway.carried.push(proxy.forward(req, res, inputFor(req), (outcome) => settle(res, outcome)));
  });
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    const res = openUpgradeReply(req, socket);
    const onTunnelEnd = () => gateway.endedTunnels++;
    gateway.carried.push(proxy.upgrade(req, res, head, inputFor(req), (outcome) => settle(res, outcome), onTunnelEnd));
  });
  const port = await listen(server);
  cleanups.push(() => proxy.destroy());
  const gateway: Gateway = {
    port,
    origin: `http://127.0.0.1:${port}`,
    proxy,
    outcomes,
    carried: [],
    endedTunnels: 0,
    recorded: undefined,
    nextOutcome() {
      const first = untaken.shift();
      if (first !== undefined) return Promise.resolve(first);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
  return gateway;
}

/** A client that sends and reads raw bytes. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  isClosed = false;
  private readonly waiters = new Set<() => void>();

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const wake = (): void => {
      for (const waiter of this.waiters) waiter();
    };
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('end', () => this.socket.end());
    this.socket.on('close', () => {
      this.isClosed = true;
      wake();
    });
    cleanups.push(async () => this.socket.destroy());
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Resolves with all the text that has arrived when `isEnough` holds for it, or when the connection closes. */
  until(isEnough: (text: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isEnough(this.text) && !this.isClosed) return;
        this.waiters.delete(check);
        resolve(this.text);
      };
      this.waiters.add(check);
      check();
    });
  }

  closed(): Promise<string> {
    return this.until(() => false);
  }
}
