// The reverse proxy: carries an allowed request to its upstream and the reply back. It knows connections, not keys.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BodyLimits, BodyPace } from './body-pace.ts';
import { Exchange, type ExchangeLimits, type ForwardInput, type OnOutcome } from './exchange.ts';
import { announcedBodyLength } from './request-body.ts';
import { Shares } from './shares.ts';
import { Tunnel, type TunnelLimits, UpgradeExchange } from './tunnel.ts';
import { Upstream, type UpstreamTarget } from './upstream.ts';

/** Limits of a proxy; all are required, so that no default hides here. Times in milliseconds, 0 turns a timeout off. */
export interface ProxyOptions extends TunnelLimits {
  /** Longest time that a client may refuse to take more of a reply. */
  readonly clientStallTimeoutMs: number;
  /**
   * Most connections to one upstream, 1 or more; further requests wait for a free one. Divided between keys (`Shares`).
   */
  readonly connectionsPerOrigin: number;
  /**
   * Most requests with one upstream at a time, waiting ones included. Divided between keys; what is beyond is
   * `share_exceeded`.
   */
  readonly requestsPerOrigin: number;
  /** Longest time that a request waits for a connection; then it fails as `overloaded`. */
  readonly connectionWaitMs: number;
  /** Most tunnels at a time, those that are being opened included. Divided between keys; what is beyond is `share_exceeded`. */
  readonly maxTunnels: number;
}

/** The limits of one API's requests; 0 turns a time off. */
export type RequestLimits = Omit<ExchangeLimits, 'pace'> & BodyLimits;

/** Prepares the limits of one API's requests, once. Throws a `TypeError` for one that is not a whole number. */
export function prepareLimits(limits: RequestLimits): ExchangeLimits {
  const { headersTimeoutMs, bodyIdleTimeoutMs, maxRequestBodyBytes } = limits;
  assertWhole({ headersTimeoutMs, bodyIdleTimeoutMs, maxRequestBodyBytes });
  return Object.freeze({ headersTimeoutMs, bodyIdleTimeoutMs, maxRequestBodyBytes, pace: new BodyPace(limits) });
}

function assertWhole(limits: object): void {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new TypeError(`${name} must be a whole number, 0 or more; got ${value}`);
  }
}

/** A request that the proxy carries. */
export interface Carried {
  /**
   * Ends it because its key may not go on. Without a reply yet, the outcome is `cut` and the caller renders one; a reply under way is
   * cut short, so that the truncation shows; a WebSocket is closed with 1008 (RFC 6455 §7.4.1). Nothing happens to what has ended.
   */
  cut(): void;
}

/** The proxy. Methods never throw for what a client or an upstream does; `onOutcome` is called exactly once, and may be called before they return. */
export interface ReverseProxy {
  /** What carries requests to a target: the same for targets that are alike. To be asked for once, at start. */
  openUpstream(target: UpstreamTarget): Upstream;
  /**
   * Carries a request. The body of `req` must not have been read; `res` must be untouched. See `ForwardOutcome` for who answers what.
   * `undefined` when it was not taken; the outcome has been given then.
   */
  forward(req: IncomingMessage, res: ServerResponse, input: ForwardInput, onOutcome: OnOutcome): Carried | undefined;
  /**
   * Carries a request for which `isWebSocketUpgrade` holds, received as `upgrade` event. `res` comes from `openUpgradeReply`, `head` from
   * the event. The outcome is `answered` with 101 as soon as the tunnel is open; destroying the client's socket ends the tunnel.
   * `onTunnelEnd` is called once after that, when both sides are closed.
   */
  upgrade(
    req: IncomingMessage,
    res: ServerResponse,
    head: Buffer,
    input: ForwardInput,
    onOutcome: OnOutcome,
    onTunnelEnd: () => void,
  ): Carried | undefined;
  /** Tunnels open at this moment. */
  readonly tunnelCount: number;
  /** Drains: resolves when every request has its reply and the connections are closed. Tunnels are cut. New requests fail as `connect`. */
  close(): Promise<void>;
  /** Cuts everything now; requests that wait fail as `connect`, those under way as `protocol`. */
  destroy(): Promise<void>;
}

/** Makes a proxy; connections open on demand and are kept alive. Throws a `TypeError` for a limit that is not a whole number. */
export function createProxy(options: ProxyOptions): ReverseProxy {
  const limits = Object.freeze({ ...options });
  assertWhole(limits);
  if (limits.connectionsPerOrigin === 0) throw new TypeError('connectionsPerOrigin must be 1 or more; got 0');
  const upstreams = new Map<string, Upstream>();
  const tunnels = new Set<Tunnel>();
  const tunnelShares = new Shares(limits.maxTunnels);
  const { clientStallTimeoutMs } = limits;

  function cutTunnels(): void {
    for (const tunnel of tunnels) tunnel.destroy();
  }

  /** Whether the upstream may be asked. Where the client has left or a limit forbids it, the outcome has been given. */
  function admit(input: ForwardInput, bodyLength: number, res: ServerResponse, onOutcome: OnOutcome): boolean {
    // It left while it was decided on: its `close` has been, so that nothing would ever end the exchange.
    if (res.closed) {
      void onOutcome({ kind: 'client_aborted' });
      return false;
    }
    if (bodyLength > input.limits.maxRequestBodyBytes) {
      res.shouldKeepAlive = false;
      // Closing over unread bytes resets the connection, and the client may lose the reply: so they are read until it is sent.
      res.req.resume();
      void onOutcome({ kind: 'body_too_large' });
      return false;
    }
    if (!input.upstream.hasRoomFor(input)) {
      void onOutcome({ kind: 'share_exceeded' });
      return false;
    }
    return true;
  }

  return {
    openUpstream(target) {
      const key = JSON.stringify(target);
      const upstream = upstreams.get(key) ?? new Upstream(target, limits);
      upstreams.set(key, upstream);
      return upstream;
    },
    forward(req, res, input, onOutcome) {
      const bodyLength = announcedBodyLength(req.rawHeaders);
      if (!admit(input, bodyLength, res, onOutcome)) return undefined;
      const exchange = new Exchange(req, res, input, clientStallTimeoutMs, onOutcome);
      exchange.start(bodyLength);
      return exchange;
    },
    upgrade(req, res, head, input, onOutcome, onTunnelEnd) {
      const holding = tunnelShares.holdingOf(input);
      if (!tunnelShares.mayTake(holding)) {
        void onOutcome({ kind: 'share_exceeded' });
        return undefined;
      }
      if (!admit(input, 0, res, onOutcome)) return undefined;
      tunnelShares.take(holding);
      const exchange = new UpgradeExchange(req, res, input, clientStallTimeoutMs, (outcome) => {
        if (outcome.kind !== 'answered' || outcome.status !== 101) tunnelShares.give(holding);
        return onOutcome(outcome);
      });
      exchange.earlyBytes = head;
      exchange.openTunnel = (client, upstreamSocket) => {
        const tunnel = new Tunnel(client, upstreamSocket, limits, () => {
          tunnels.delete(tunnel);
          tunnelShares.give(holding);
          onTunnelEnd();
        });
        tunnels.add(tunnel);
        return tunnel;
      };
      exchange.start(0, 'websocket');
      return exchange;
    },
    get tunnelCount() {
      return tunnels.size;
    },
    async close() {
      cutTunnels();
      await Promise.all(Array.from(upstreams.values(), (upstream) => upstream.close()));
    },
    async destroy() {
      cutTunnels();
      await Promise.all(Array.from(upstreams.values(), (upstream) => upstream.destroy()));
    },
  };
}
