// A peer to measure against: the least service that people can put behind nginx `auth_request`. It looks for the whole
// header in a Map. It has no hashes, lists, limits or records.
// `node map-check-service.ts --port 4300 --secret SECRET`
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { port: { type: 'string' }, secret: { type: 'string' } } });
const keys = new Map([[`Bearer ${values.secret}`, 'key_1']]);

createServer((req, res) => {
  const id = keys.get(req.headers.authorization ?? '');
  // Without a length, the reply is chunked, and nginx opens a connection for each check.
  if (id === undefined) res.writeHead(401, { 'Content-Length': 0 }).end();
  else res.writeHead(200, { 'Content-Length': 0, 'X-Key-Id': id }).end();
}).listen(Number(values.port), '127.0.0.1');
