// Stores each posted body in a file, then answers. Its parent kills it.
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, output] = process.argv.slice(2);
const file = openSync(output as string, 'a', 0o600);
const server = createServer(async (req, res) => {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part);
  writeSync(file, Buffer.concat(parts));
  fsyncSync(file);
  res.writeHead(204).end();
});
server.listen(Number(port), '127.0.0.1', () => process.send?.('ready'));
