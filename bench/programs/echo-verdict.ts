// The floor for `/v1/verify`: a plain node:http server that reads the same body and always answers the same bytes.
// `node echo-verdict.ts --port 4300 --body FILE`
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { port: { type: 'string' }, body: { type: 'string' } } });
const body = readFileSync(values.body as string, 'utf8');

createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    if (Buffer.concat(chunks).length === 0) throw new Error('a verify call without a body');
    res.writeHead(200, [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Cache-Control',
      'no-store',
    ]);
    res.end(body);
  });
}).listen(Number(values.port), '127.0.0.1');
