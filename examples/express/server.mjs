// An Express server with Miftah inside: node server.mjs [PORT].
import express from 'express';
import { openMiftah } from 'miftah';
import { apiKeyAuth, requireScopes } from 'miftah/express';

const miftah = await openMiftah({ config: 'miftah.yaml' });
const app = express();

app.use(apiKeyAuth(miftah.api('acme')));

app.get('/health', (_req, res) => res.json({ ok: true }));

const v1 = express.Router();
v1.get('/orders', (req, res) => res.json({ ordersOf: req.auth.orgId }));
v1.post('/payments', (req, res) => res.json({ paidBy: req.auth.keyId }));
v1.post('/refunds', requireScopes('refunds:write'), (req, res) => res.json({ refundedBy: req.auth.keyId }));
app.use('/v1', v1);

const server = app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => server.close(() => miftah.close()));
