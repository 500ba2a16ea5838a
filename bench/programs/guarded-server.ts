// A server to measure: node:http with a handler that answers a small JSON document, with or without Miftah inside.
// `node guarded-server.ts --port 4300 [--config FILE [--warm 1000] [--unmetered] | --rate-headers]`. `--warm` loads the
// keys before the server listens. `--rate-headers` makes the server without Miftah send Miftah's reply headers, because
// headers alone have a cost.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { openMiftah } from '../../src/compose.ts';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { digestSecret } from '../../src/domain/secret.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { appendRateHeaders } from '../../src/profiles/reply.ts';
import { secretAt } from '../make-keys.ts';
import { describeKeys } from '../setting.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    config: { type: 'string' },
    warm: { type: 'string', default: '0' },
    'rate-headers': { type: 'boolean', default: false },
    unmetered: { type: 'boolean', default: false },
  },
});

const body = JSON.stringify({ id: 'usr_123', name: 'Amal Haddad', email: 'amal@example.com', plan: 'pro' });
const headers = ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))];
if (values['rate-headers']) {
  const rate = {
    limit: 1e9,
    windowSeconds: 60,
    remaining: 999_999_000,
    resetAtMs: 1_800_000_000_000,
    readAtMs: 1_799_999_970_000,
  };
  headers.push('X-Request-Id', randomUUID());
  appendRateHeaders(headers, profiles.classic.dialect, rate);
}
// Node merges a flat list into headers from `setHeader` only if it is an object, so both servers set theirs one by one.
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
  const gate = miftah.api('classic');
  // Not available to users: it separates the cost of decisions from that of recording them.
  const recorded = Promise.resolve();
  const unmetered = { recordUse() {}, recordUseInTurn: () => recorded };
  const protect = apiKeyAuth(values.unmetered ? { ...gate, usage: unmetered } : gate);
  const guarded = protect(handle);
  listener = (req, res) => {
    if (req.url === '/bytes-per-key') res.end(String(bytesPerKey));
    else if (req.url === '/flush') miftah.usage.flush().then(() => res.end());
    else guarded(req, res);
  };
}
process.on('SIGTERM', () => process.exit());
createServer(listener).listen(Number(values.port), '127.0.0.1');
