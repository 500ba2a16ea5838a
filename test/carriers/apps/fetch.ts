import { getRequestListener } from '@hono/node-server';
import { apiKeyAuth, checkRequests } from '../../../src/middleware/fetch.ts';
import { cached, type FrameworkApp, fail, openBody, type StartFramework, seenIn } from './app.ts';

/** The addresses of requests, which a host knows. */
const addresses = new WeakMap<Request, string | undefined>();

export async function answerFetch(request: Request, auth: unknown): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === '/v1/throw') fail();
  if (pathname === '/v1/stream') return new Response(openBody());
  return new Response(seenIn(auth, request), { headers: pathname === '/v1/cached' ? cached : {} });
}

/** Calls a handler as a host does: with a plain `Request`, and a 500 for an error. */
export function hostFetch(handle: (request: Request) => Promise<Response>): FrameworkApp {
  return {
    listener: getRequestListener(async (incoming, { incoming: { socket } }) => {
      // Not the host's own subclass, which reads the message of Node.js behind it.
      const { url, method, headers, body } = incoming;
      const request = new Request(url, { method, headers: [...headers], body, ...(body && { duplex: 'half' }) });
      addresses.set(request, socket.remoteAddress);
      return handle(request).catch(() => new Response('Internal Server Error', { status: 500 }));
    }),
  };
}

export const clientAddress = (request: Request) => addresses.get(request);

export const startFetch: StartFramework = async (gate, options) => {
  const protect = apiKeyAuth(gate, { ...options, clientAddress });
  const guarded = protect(answerFetch, answerFetch);
  const refunds = apiKeyAuth(gate, { ...options, clientAddress, scopes: ['refunds:write'] })(answerFetch);
  return hostFetch((request) => (isRefund(request) ? refunds : guarded)(request));
};

export const isRefund = ({ method, url }: Request) => method === 'POST' && new URL(url).pathname === '/v1/refunds';

/** By the verdict, as a framework without an adapter would. */
export const startVerdict: StartFramework = async (gate, options) => {
  const check = checkRequests(gate, { ...options, clientAddress });
  return hostFetch(async (incoming) => {
    const passing = await check(incoming);
    if (passing instanceof Response) return passing;
    const { request, auth } = passing;
    try {
      if (isRefund(request)) {
        const refused = await passing.requireScopes('refunds:write');
        if (refused !== undefined) return passing.reply(refused);
      }
      return passing.reply(await answerFetch(request, auth));
    } catch (error) {
      passing.fail();
      throw error;
    }
  });
};
