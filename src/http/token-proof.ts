// Finds out who sent a token: the operator, or the owner of a token of `miftah tokens create`.
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { operatorGrant } from '../domain/grant.ts';
import { inspectSecret } from '../domain/secret.ts';
import { tokenFormat } from '../domain/token.ts';
import { peerAddressOf } from './request-head.ts';
import { type CheckToken, type TokenAnswer, wrongToken } from './token-check.ts';

/**
 * Answers the token that a request sent: at once if it is in memory, else with a promise. Never rejects. A later call
 * with the same request says whether the token still counts.
 */
export type ProveToken = (req: Pick<IncomingMessage, 'socket'>, token: string) => TokenAnswer | Promise<TokenAnswer>;

const operator: TokenAnswer = { grant: operatorGrant };

/**
 * Creates the proof for all listeners that take tokens.
 *
 * @param operatorDigest SHA-256 of the operator token
 */
export function createTokenProof(operatorDigest: Buffer, checkToken: CheckToken): ProveToken {
  // A token that a connection sent before is compared as text, which saves a digest for each request. Timing this
  // comparison reveals nothing new: only a client with the token reaches it. Whether the token still counts is asked
  // each time.
  const proven = new WeakMap<object, { readonly token: string; readonly digest: string | undefined }>();
  // In hex, because `hash` takes seven times as long (2.7 us) to return a Buffer.
  const wanted = Buffer.from(operatorDigest.toString('hex'), 'latin1');

  return function prove(req, token) {
    const { socket } = req;
    const known = proven.get(socket);
    if (known?.token === token) {
      return known.digest === undefined ? operator : checkToken(known.digest, peerAddressOf(req));
    }
    const digest = hash('sha256', token, 'hex');
    // In constant time, so the time reveals nothing about the operator token.
    if (timingSafeEqual(Buffer.from(digest, 'latin1'), wanted)) {
      proven.set(socket, { token, digest: undefined });
      return operator;
    }
    // Typing errors and noise end here, before any I/O.
    if (inspectSecret(token, tokenFormat) === undefined) return wrongToken;
    const answer = checkToken(digest, peerAddressOf(req));
    return answer instanceof Promise ? answer.then(remember) : remember(answer);

    function remember(each: TokenAnswer): TokenAnswer {
      if (each.grant !== undefined) proven.set(socket, { token, digest });
      return each;
    }
  };
}
