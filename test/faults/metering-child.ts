// A node that metering.test.ts loads and kills: the data plane and the middleware on one engine, with constant flushes
// of usage.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openMiftah } from '../../src/compose.ts';
import { createTrustedProxies } from '../../src/domain/client-address.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { createAssertions, generateSigningKey } from '../../src/gateway/assertion.ts';
import { createProxy } from '../../src/gateway/proxy.ts';
import { createDataPlane } from '../../src/http/data-plane.ts';
import { createLoopTurns } from '../../src/http/loop-turns.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { LIMITS, routedTo } from '../gateway/gateway-harness.ts';

const [config, origin] = process.argv.slice(2) as [string, string];
const target = routedTo(origin);
const miftah = await openMiftah({ config });
const gate = miftah.api('classic');
const dataPlane = createDataPlane({
  routes: [
    {
      gate,
      hosts: new Map([['proxied.localhost', undefined]]),
      upstream: { live: target, test: target },
      limits: LIMITS,
    },
  ],
  proxy: createProxy({ ...LIMITS, connectionsPerOrigin: 64, requestsPerOrigin: 1_000 }),
  trustedProxies: createTrustedProxies([]),
  assertions: await createAssertions(await generateSigningKey(), systemClock),
  management: {
    keys: miftah.keys,
    usage: miftah.usage,
    clock: miftah.clock,
    findMember: async () => undefined,
    takeTurn: createLoopTurns(),
    onFault() {},
  },
  onUpstreamFailure: () => undefined,
});
const guarded = apiKeyAuth(gate)((_req, res) => res.end('from the handler'));

function answer(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.host === 'proxied.localhost') dataPlane.request(req, res);
  else guarded(req, res);
}

// Frequent flushes let the kills hit every step of one.
const flushing = setInterval(() => miftah.usage.flush().catch(() => undefined), 10);
const server = createServer(answer).listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('message', async () => {
  clearInterval(flushing);
  server.close();
  server.closeAllConnections();
  await miftah.close();
  process.exit(0);
});
