// A small API to put behind Miftah: three real-looking answers, and an echo of what it received for everything else.
//
//   node examples/sample-api/server.mjs --port 4200
//
// It is plain JavaScript because it also runs from the published package, where Node.js does not strip types.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const answers = {
  '/user/profile': {
    id: 1042,
    name: 'Demo Dealer',
    email: 'dealer@example.com',
    balance: { amount: '1250.00', currency: 'ILS' },
  },
  '/v1/wallets/service/balance': {
    success: true,
    data: { walletId: 'wal_service', availableBalance: '18250.75', currency: 'KES' },
  },
  '/v1/users/usr_123': { id: 'usr_123', name: 'Lina Haddad', email: 'lina@example.com', plan: 'pro' },
};

/**
 * Listens on 127.0.0.1 and resolves to the server; port 0 is any free port. Rejects if it can't listen there.
 *
 * @param {{ port?: number, host?: string }} [options]
 * @returns {Promise<import('node:http').Server>}
 */
export function startSampleApi({ port = 4200, host = '127.0.0.1' } = {}) {
  const server = createServer(answer);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

async function answer(req, res) {
  const url = new URL(req.url, 'http://sample');
  let bodyBytes = 0;
  try {
    for await (const chunk of req) bodyBytes += chunk.length;
  } catch {
    // The client left in the middle of its body, so there is no one to answer.
    return;
  }
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  const known = isRead && Object.hasOwn(answers, url.pathname) ? answers[url.pathname] : undefined;
  const echo = { method: req.method, path: url.pathname, query: queryOf(url), headers: req.headers, bodyBytes };
  const text = `${JSON.stringify(known ?? echo)}\n`;
  res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) });
  res.end(req.method === 'HEAD' ? undefined : text);
}

function queryOf(url) {
  const query = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  return query;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();

/** Under `miftah dev` it reports to its parent, ignores Ctrl-C and ends with its parent. */
async function run() {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '4200' } } });
  if (process.connected) {
    process.on('SIGINT', () => {});
    process.on('disconnect', () => process.exit());
  }
  try {
    const server = await startSampleApi({ port: Number(values.port) });
    const { port } = server.address();
    if (process.connected) process.send({ port });
    else console.log(`The sample API listens on http://127.0.0.1:${port}.`);
  } catch (error) {
    if (process.connected) process.send({ code: error.code ?? 'unknown' });
    else
      console.error(
        `error: the sample API cannot listen on port ${values.port} (${error.code}): choose another with --port.`,
      );
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  }
}
