// Which gateway asks for decisions: one with a token, or one that may open the unix socket.
import type { IncomingMessage } from 'node:http';
import { operatorGrant } from '../../domain/grant.ts';
import { type TokenAnswer, wrongToken } from '../token-check.ts';
import type { ProveToken } from '../token-proof.ts';
import { describeProblem } from '../wire/problem.ts';

/**
 * Finds the gateway behind a request. Without a grant, its facts count for nothing. Never rejects.
 *
 * @param token the only `X-Miftah-Token` of the request; `undefined`: it has none, or several
 */
export type IdentifyGateway = (
  req: Pick<IncomingMessage, 'socket'>,
  token: string | undefined,
) => TokenAnswer | Promise<TokenAnswer>;

/** For the unix socket: the mode of its file decides who may open it. A token is not read. */
export const trustSocket: IdentifyGateway = () => trusted;

const trusted: TokenAnswer = { grant: operatorGrant };

/** For all other connections. */
export function identifyByToken(proveToken: ProveToken): IdentifyGateway {
  return (req, token) => (token === undefined ? wrongToken : proveToken(req, token, false));
}

/** The answer to a token that may not decide about the API. */
export const mayNotDecide = describeProblem(
  'token_not_allowed',
  'This token may not decide about requests of this API: send the token of a verifier of the API.',
);
