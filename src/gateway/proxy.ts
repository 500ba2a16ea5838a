// The reverse proxy: forwards an allowed request to its upstream and the reply to the client. It checks no keys.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BodyLimits, BodyPace } from './body-pace.ts';
import { Exchange, type ExchangeLimits, type ForwardInput, type OnOutcome } from './exchange.ts';
import { announcedBodyLength } from './request-body.ts';
import { Shares } from './shares.ts';
import { Tunnel, type TunnelLimits, UpgradeExchange } from './tunnel.ts';
import { Upstream, type UpstreamTarget } from './upstream.ts';

/**
 * Limits of a proxy. All are required, so there are no hidden defaults. Times in milliseconds, 0 turns a timeout off.
 */
export interface ProxyOptions extends TunnelLimits {
  /** Longest time that a client may accept no more of a reply. */
  readonly clientStallTimeoutMs: number;
  /** Most connections to one upstream, 1 or more. Further requests wait for a free one. Keys share them (`Shares`). */
  readonly connectionsPerOrigin: number;
  /**
   * Most requests at one upstream at a time, including those that wait. Keys share the places; a request beyond its
   * share ends as `share_exceeded`.
   */
  readonly requestsPerOrigin: number;
  /** Longest time that a request waits for a connection before it fails as `overloaded`. */
  readonly connectionWaitMs: number;
  /**
   * Most tunnels at a time, including those that are being opened. Keys share them; a request beyond its share ends as
   * `share_exceeded`.
   */
  readonly maxTunnels: number;
}

/** The limits of one API's requests. 0 turns a timeout off. */
export type RequestLimits = Omit<ExchangeLimits, 'pace'> & BodyLimits;

/** Prepares the limits of one API's requests. Call it once. Throws a `TypeError` if a limit is not a whole number. */
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

/** A request that the proxy forwards. */
export interface Carried {
  /**
   * Ends the request because its key is no longer allowed. Without a reply yet, the outcome is `cut` and the caller
   * renders the reply. A reply that has started is truncated visibly. A WebSocket is closed with 1008 (RFC 6455
   * §7.4.1). Does nothing if the request has ended.
   */
  cut(): void;
  /** Bytes of the reply's body that came from the upstream so far. 0 in a tunnel. */
  readonly replyBytes: number;
  /** When the head of the upstream's reply came, as `performance.now()` tells it. `undefined`: none came. */
  readonly headAtMs: number | undefined;
}

/**
 * The proxy. No client and no upstream can make its methods throw. `onOutcome` is called exactly once, possibly before
 * a method returns.
 */
export interface ReverseProxy {
  /** Returns the upstream for a target; equal targets share one. Call it once per target and configuration. */
  openUpstream(target: UpstreamTarget): Upstream;
  /**
   * Closes the connections to all other upstreams, each when its request ends. Requests that were decided before still
   * reach them.
   */
  keepOnly(kept: ReadonlySet<Upstream>): void;
  /**
   * Forwards a request. The body of `req` must be unread and `res` unused. `ForwardOutcome` tells who renders the
   * reply. Returns `undefined` if the request was not accepted; `onOutcome` has then been called.
   */
  forward(req: IncomingMessage, res: ServerResponse, input: ForwardInput, onOutcome: OnOutcome): Carried | undefined;
  /**
   * Forwards a request that came as an `upgrade` event and for which `isWebSocketUpgrade` is true. `res` is the result
   * of `openUpgradeReply`, `head` comes from the event. The outcome is `answered` with 101 when the tunnel opens.
   * Destroying the client's socket ends the tunnel. `onTunnelEnd` is called once after that, when both sides are
   * closed.
   */
  upgrade(
    req: IncomingMessage,
    res: ServerResponse,
    head: Buffer,
    input: ForwardInput,
    onOutcome: OnOutcome,
    onTunnelEnd: () => void,
  ): Carried | undefined;
  /** The number of open tunnels. */
  readonly tunnelCount: number;
  /**
   * Cuts the tunnels. Resolves when every request has its reply and the connections are closed. New requests fail as
   * `connect`.
   */
  close(): Promise<void>;
  /** Cuts everything now. Requests without a connection fail as `connect`, the others as `protocol`. */
  destroy(): Promise<void>;
}

/**
 * Creates a proxy. Connections open on demand and are kept alive. Throws a `TypeError` if a limit is not a whole
 * number.
 */
export function createProxy(options: ProxyOptions): ReverseProxy {
  const limits = Object.freeze({ ...options });
  assertWhole(limits);
  if (limits.connectionsPerOrigin === 0) throw new TypeError('connectionsPerOrigin must be 1 or more; got 0');
  const upstreams = new Map<string, Upstream>();
  const retired = new Set<Upstream>();
  const tunnels = new Set<Tunnel>();
  const tunnelShares = new Shares(limits.maxTunnels);
  const { clientStallTimeoutMs } = limits;

  const everyUpstream = () => [...upstreams.values(), ...retired];

  function cutTunnels(): void {
    for (const tunnel of tunnels) tunnel.destroy();
  }

  /**
   * Whether the request may go to the upstream. If the client has left or a limit forbids it, this calls `onOutcome`.
   */
  function admit(input: ForwardInput, bodyLength: number, res: ServerResponse, onOutcome: OnOutcome): boolean {
    // The client left during the decision. Its `close` event is over, so the exchange would never end.
    if (res.closed) {
      void onOutcome({ kind: 'client_aborted', status: 0 });
      return false;
    }
    if (bodyLength > input.limits.maxRequestBodyBytes) {
      res.shouldKeepAlive = false;
      // Closing with unread bytes resets the connection, and the client may lose the reply. So they are read until it
      // is sent.
      res.req.resume();
      void onOutcome({ kind: 'body_too_large', status: 0 });
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
    keepOnly(kept) {
      for (const upstream of retired) if (upstream.isEmpty) retired.delete(upstream);
      for (const [key, upstream] of upstreams) {
        if (kept.has(upstream)) continue;
        upstreams.delete(key);
        upstream.retire();
        retired.add(upstream);
      }
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
      await Promise.all(everyUpstream().map((upstream) => upstream.close()));
    },
    async destroy() {
      cutTunnels();
      await Promise.all(everyUpstream().map((upstream) => upstream.destroy()));
    },
  };
}
