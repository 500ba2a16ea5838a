// A peer to measure against: a plain proxy on node:http, with a pipe each way and a keep-alive agent. It forwards every
// request unchanged and decides nothing.
// `node plain-proxy-node-http.ts --port 4300 --upstream http://127.0.0.1:4200`
import { Agent, createServer, request } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { port: { type: 'string' }, upstream: { type: 'string' } } });
if (values.port === undefined || values.upstream === undefined)
  throw new TypeError('usage: --port PORT --upstream ORIGIN');

const upstream = new URL(values.upstream);
const agent = new Agent({ keepAlive: true, maxSockets: 128 });
// Each side's server or client writes these itself.
const NOT_FORWARDED = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']);

function withoutConnectionFields(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!NOT_FORWARDED.has((raw[i] as string).toLowerCase())) headers.push(raw[i] as string, raw[i + 1] as string);
  }
  return headers;
}

const server = createServer((req, res) => {
  const hasBody = 'content-length' in req.headers || 'transfer-encoding' in req.headers;
  const onward = request(
    {
      host: upstream.hostname,
      port: upstream.port,
      agent,
      method: req.method as string,
      path: req.url as string,
      headers: withoutConnectionFields(req.rawHeaders),
    },
    (reply) => {
      res.writeHead(
        reply.statusCode as number,
        reply.statusMessage as string,
        withoutConnectionFields(reply.rawHeaders),
      );
      reply.pipe(res);
    },
  );
  onward.on('error', () => {
    if (res.headersSent) res.destroy();
    else res.writeHead(502).end();
  });
  if (hasBody) req.pipe(onward);
  else onward.end();
});
server.listen(Number(values.port), '127.0.0.1', () => console.log(`plain-proxy-node-http ready on ${values.port}`));
