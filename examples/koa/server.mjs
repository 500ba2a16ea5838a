// A Koa server with Miftah inside: node server.mjs [PORT].
import Koa from 'koa';
import { openMiftah } from 'miftah';
import { apiKeyAuth, requireScopes } from 'miftah/koa';

const miftah = await openMiftah({ config: 'miftah.yaml' });
const app = new Koa();

app.use(apiKeyAuth(miftah.api('acme')));

const needRefunds = requireScopes('refunds:write');
app.use((ctx, next) => (ctx.path.startsWith('/v1/refunds') ? needRefunds(ctx, next) : next()));

app.use((ctx) => {
  const { auth } = ctx.state;
  if (ctx.path === '/health') ctx.body = { ok: true };
  if (ctx.path === '/v1/orders') ctx.body = { ordersOf: auth.orgId };
  if (ctx.path === '/v1/payments') ctx.body = { paidBy: auth.keyId };
  if (ctx.path === '/v1/refunds') ctx.body = { refundedBy: auth.keyId };
});

const server = app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => server.close(() => miftah.close()));
