// A Fastify server with Miftah inside: node server.mjs [PORT].
import fastify from 'fastify';
import { openMiftah } from 'miftah';
import { apiKeyAuth, requireScopes } from 'miftah/fastify';

const miftah = await openMiftah({ config: 'miftah.yaml' });
const app = fastify();

await app.register(apiKeyAuth, { gate: miftah.api('acme') });
app.addHook('onClose', () => miftah.close());

app.get('/health', async () => ({ ok: true }));

app.register(
  async (v1) => {
    v1.get('/orders', async ({ auth }) => ({ ordersOf: auth.orgId }));
    v1.post('/payments', async ({ auth }) => ({ paidBy: auth.keyId }));
    const needRefunds = { onRequest: requireScopes('refunds:write') };
    v1.post('/refunds', needRefunds, async ({ auth }) => ({ refundedBy: auth.keyId }));
  },
  { prefix: '/v1' },
);

console.log(`Listening on ${await app.listen({ port: Number(process.argv[2] ?? 8080), host: '127.0.0.1' })}`);
process.on('SIGTERM', () => app.close());
