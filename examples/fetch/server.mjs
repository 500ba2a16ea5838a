// A function from Request to Response with Miftah inside, here on @hono/node-server: node server.mjs [PORT].
import { serve } from '@hono/node-server';
import { openMiftah } from 'miftah';
import { apiKeyAuth } from 'miftah/fetch';

const miftah = await openMiftah({ config: 'miftah.yaml' });

// A Request has no address of its client, but its host knows it.
const addresses = new WeakMap();
const options = { clientAddress: (request) => addresses.get(request) };

const answer = apiKeyAuth(miftah.api('acme'), options)(
  (request, auth) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/v1/orders') return Response.json({ ordersOf: auth.orgId });
    if (pathname === '/v1/payments') return Response.json({ paidBy: auth.keyId });
    return new Response('Not found', { status: 404 });
  },
  () => Response.json({ ok: true }),
);

const refund = apiKeyAuth(miftah.api('acme'), { ...options, scopes: ['refunds:write'] })((_request, auth) =>
  Response.json({ refundedBy: auth.keyId }),
);

function fetch(request, { incoming }) {
  addresses.set(request, incoming.socket.remoteAddress);
  return new URL(request.url).pathname === '/v1/refunds' ? refund(request) : answer(request);
}

const where = { fetch, port: Number(process.argv[2] ?? 8080), hostname: '127.0.0.1' };
const server = serve(where, ({ port }) => console.log(`Listening on http://127.0.0.1:${port}`));
process.on('SIGTERM', () => server.close(() => miftah.close()));
