// A Hono server with Miftah inside, on @hono/node-server: node server.mjs [PORT].
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { openMiftah } from 'miftah';
import { apiKeyAuth, requireScopes } from 'miftah/hono';

const miftah = await openMiftah({ config: 'miftah.yaml' });
const app = new Hono();

app.use(apiKeyAuth(miftah.api('acme')));

app.get('/health', (c) => c.json({ ok: true }));

const v1 = new Hono();
v1.get('/orders', (c) => c.json({ ordersOf: c.var.auth.orgId }));
v1.post('/payments', (c) => c.json({ paidBy: c.var.auth.keyId }));
v1.post('/refunds', requireScopes('refunds:write'), (c) => c.json({ refundedBy: c.var.auth.keyId }));
app.route('/v1', v1);

const where = { fetch: app.fetch, port: Number(process.argv[2] ?? 8080), hostname: '127.0.0.1' };
const server = serve(where, ({ port }) => console.log(`Listening on http://127.0.0.1:${port}`));
process.on('SIGTERM', () => server.close(() => miftah.close()));
