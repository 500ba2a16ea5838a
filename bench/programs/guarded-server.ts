// A server to measure: node:http with a handler that answers a small JSON document, with Miftah inside or bare.
// `node guarded-server.ts --port 4300 [--config FILE [--warm 1000]]`; with `--warm` the keys' records are loaded before it listens.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { openMiftah } from '../../src/compose.ts';
import { digestSecret } from '../../src/domain/secret.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { secretAt } from '../make-keys.ts';
import { describeKeys } from '../setting.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    config: { type: 'string' },
    warm: { type: 'string', default: '0' },
  },
});

const body = JSON.stringify({ id: 'usr_123', name: 'Amal Haddad', email: 'amal@example.com', plan: 'pro' });
const headers = ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))];
// Node joins a flat list with what `setHeader` set before only from an object: so both servers set theirs one by one.
function handle(_req: IncomingMessage, res: ServerResponse): void {
  for (let at = 0; at < headers.length; at += 2) res.setHeader(headers[at] as string, headers[at + 1] as string);
  res.end(body);
}

let listener: (req: IncomingMessage, res: ServerResponse) => void = handle;
if (values.config !== undefined) {
  const miftah = await openMiftah({ config: values.config });
  const keySet = describeKeys();
  const warm = Number(values.warm);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < warm; index++) await miftah.cache.load(digestSecret(secretAt(keySet, index)));
  globalThis.gc?.();
  const bytesPerKey = warm === 0 ? 0 : (process.memoryUsage().heapUsed - before) / warm;
  const protect = apiKeyAuth(miftah.api('classic'));
  const guarded = protect(handle);
  listener = (req, res) => (req.url === '/bytes-per-key' ? res.end(String(bytesPerKey)) : guarded(req, res));
}
process.on('SIGTERM', () => process.exit());
createServer(listener).listen(Number(values.port), '127.0.0.1');
