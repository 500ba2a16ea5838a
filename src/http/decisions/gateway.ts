// Which gateway asks for decisions: one with a token, or one that may open the unix socket.
import { hash, timingSafeEqual } from 'node:crypto';

/** A gateway whose facts count. */
export interface Gateway {
  mayDecide(apiId: string): boolean;
}

/**
 * Finds the gateway behind a request. `undefined`: no gateway is known by this token, and its facts count for nothing.
 *
 * @param socket the connection of the request
 * @param token the only `X-Miftah-Token` of the request; `undefined`: it has none, or several
 */
export type IdentifyGateway = (socket: object, token: string | undefined) => Gateway | undefined;

/** Every API. */
const anyApi: Gateway = { mayDecide: () => true };

/** For the unix socket: the mode of its file decides who may open it. A token is not read. */
export const trustSocket: IdentifyGateway = () => anyApi;

/** Accepts the operator token. @param tokenDigest its SHA-256 */
export function createTokenCheck(tokenDigest: Buffer): IdentifyGateway {
  const wanted = Buffer.from(tokenDigest.toString('hex'), 'latin1');
  // A connection that sent the token once is compared as text, as in the guard of the internal listener.
  const proven = new WeakMap<object, string>();
  return function identify(socket, token) {
    if (token === undefined) return undefined;
    if (proven.get(socket) === token) return anyApi;
    const given = Buffer.from(hash('sha256', token, 'hex'), 'latin1');
    if (!timingSafeEqual(given, wanted)) return undefined;
    proven.set(socket, token);
    return anyApi;
  };
}
