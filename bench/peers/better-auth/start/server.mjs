// An Express server whose routes need a key of better-auth's plugin: node server.mjs [PORT].
import express from 'express';
import { auth } from './auth.mjs';

const app = express();
app.use(async (req, res, next) => {
  const { valid, error, key } = await auth.api.verifyApiKey({ body: { key: req.get('x-api-key') ?? '' } });
  if (!valid) return res.status(401).json({ error });
  req.key = key;
  next();
});
app.get('/v1/orders', (req, res) => res.json({ ordersOf: req.key.referenceId }));

const server = app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => server.close());
