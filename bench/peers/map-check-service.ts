// A peer to measure against: the least service that people can put behind nginx `auth_request`. It looks for the whole
// header in a Map. It has no hashes, lists, limits or records.
// `node map-check-service.ts --port 4300 --secret SECRET [--socket FILE] [--headers JSON]`
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    secret: { type: 'string' },
    /** Listens here too. */
    socket: { type: 'string' },
    /** The headers of an allowed reply, flat: name and value in turn. */
    headers: { type: 'string' },
  },
});
// Without a length, the reply is chunked, and nginx opens a connection for each check.
const fallback = ['Content-Length', '0', 'X-Key-Id', 'key_1'];
const headers: string[] = values.headers === undefined ? fallback : JSON.parse(values.headers);
const keys = new Map([[`Bearer ${values.secret}`, headers]]);

const server = createServer((req, res) => {
  const allowed = keys.get(req.headers.authorization ?? '');
  if (allowed === undefined) res.writeHead(401, { 'Content-Length': 0 }).end();
  else res.writeHead(200, allowed).end();
});
server.listen(Number(values.port), '127.0.0.1');
if (values.socket !== undefined) createServer((req, res) => server.emit('request', req, res)).listen(values.socket);
