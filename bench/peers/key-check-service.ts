// A peer to measure against: a small Node service as people put it behind nginx `auth_request` or Caddy `forward_auth`.
// It finds a digest in a Map and has no lists, limits or records.
// `node key-check-service.ts --port 4300 --secret SECRET`
import { hash } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { port: { type: 'string' }, secret: { type: 'string' } } });
const keys = new Map([[hash('sha256', values.secret as string, 'hex'), 'key_1']]);

createServer((req, res) => {
  const { authorization = '' } = req.headers;
  const id = authorization.startsWith('Bearer ') ? keys.get(hash('sha256', authorization.slice(7), 'hex')) : undefined;
  // Without a length, the reply is chunked, and nginx opens a connection for each check.
  if (id === undefined) res.writeHead(401, { 'Content-Length': 0 }).end();
  else res.writeHead(200, { 'Content-Length': 0, 'X-Key-Id': id }).end();
}).listen(Number(values.port), '127.0.0.1');
