// `miftah/node` where something before it changed `req.url`, and over HTTP/2: it decides as at the root.
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { libraryOperator } from '../../src/management/rights.ts';
import { type AuthenticatedRequest, apiKeyAuth, type Protect } from '../../src/middleware/node.ts';
import { type CarriedReply, type CarriedRequest, describeCarrier } from './carrier-contract.ts';
import { openEmbedded, openEmbeddedCarrier, startServer } from './embedded.ts';

const authOf = (req: IncomingMessage) => JSON.stringify((req as Partial<AuthenticatedRequest>).auth ?? null);
const answer = (req: IncomingMessage, res: ServerResponse) => void res.end(authOf(req));

/** The guard as middleware: what may pass goes on, with a key or to a public path. */
const passing = (protect: Protect, next: () => void) =>
  protect(
    () => next(),
    () => next(),
  );

describeCarrier('a node:http handler that cuts a prefix off req.url', () =>
  openEmbeddedCarrier((guardOf) =>
    startServer((req, res) => {
      if (req.url?.startsWith('/v1/') === true) req.url = req.url.slice('/v1'.length);
      guardOf(req.headers.host)(answer, answer)(req, res);
    }),
  ),
);

type Next = (error?: unknown) => void;
type Step = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

/** A chain as in Connect: a step sees the URL without the path of its mount. */
function chain(steps: readonly { readonly path: string; readonly step: Step }[]): RequestListener {
  return (req, res) => {
    const whole = req.url as string;
    const run = (at: number): void => {
      const here = steps.findIndex(({ path }, index) => index >= at && whole.startsWith(path));
      const { path, step } = steps[here] as (typeof steps)[number];
      req.url = whole.slice(path.length).replace(/^(?!\/)/, '/');
      step(req, res, () => run(here + 1));
    };
    run(0);
  };
}

describeCarrier('a chain of steps that does not keep the original URL', () =>
  openEmbeddedCarrier((guardOf) => {
    const step: Step = (req, res, next) => passing(guardOf(req.headers.host), next)(req, res);
    return startServer(
      chain([
        { path: '/v1', step },
        { path: '/v1', step: answer },
        { path: '', step },
        { path: '', step: answer },
      ]),
    );
  }),
);

describeCarrier('HTTP/2, by its compatibility API', () =>
  openEmbeddedCarrier(async (guardOf) => {
    const server = createHttp2Server((incoming, outgoing) => {
      const { authority } = incoming;
      if (incoming.url.startsWith('/v1/')) incoming.url = incoming.url.slice('/v1'.length);
      const [req, res] = [incoming, outgoing] as unknown as [IncomingMessage, ServerResponse];
      guardOf(authority)(answer, answer)(req, res);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      port,
      send: (request) => sendHttp2(port, request),
      close: () => new Promise((resolve) => server.close(resolve)),
    };
  }),
);

async function sendHttp2(
  port: number,
  { api, method = 'GET', path = '/v1/users/usr_123', headers, from = '127.0.0.1' }: CarriedRequest,
): Promise<CarriedReply> {
  const options = {
    // Two lines of one field are sent unchanged. The types do not include this yet.
    strictSingleValueFields: false,
    createConnection: () => connect({ port, host: '127.0.0.1', localAddress: from }),
  };
  const session = connectHttp2(`http://${api}`, options);
  const pseudo = { ':method': method, ':path': path, ':authority': api, ':scheme': 'http' };
  const lines = [...Object.entries(pseudo), ...headers].flatMap(([name, value]) => [name.toLowerCase(), value]);
  const stream = session.request(lines, { endStream: true });
  const [replied] = (await once(stream, 'response')) as [Record<string, string>];
  let body = '';
  for await (const chunk of stream.setEncoding('utf8')) body += chunk;
  session.close();
  return { status: Number(replied[':status']), headers: replied, body };
}

test('an HTTP/2 host of one environment accepts only its keys', async () => {
  const { miftah, close } = await openEmbedded();
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'A', kind: 'dealer' });
  const wanted = { apiId: 'palcards', orgId, name: 'key', environment: 'test', addresses: ['127.0.0.1'] } as const;
  const { secret } = await miftah.keys.createKey(libraryOperator, wanted);
  const guard = apiKeyAuth(miftah.api('palcards'))(answer);
  const server = createHttp2Server((req, res) => guard(req as never, res as never)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const statusAt = async (host: string, more: CarriedRequest['headers'] = []) => {
    const headers = [['x-api-key', secret] as const, ...more];
    return (await sendHttp2(port, { api: host as CarriedRequest['api'], headers })).status;
  };
  expect(await statusAt('api-sandbox.palcards.localhost')).toBe(200);
  expect(await statusAt('api.palcards.localhost')).toBe(401);
  expect(await statusAt('api.palcards.localhost', [['host', 'api-sandbox.palcards.localhost']])).toBe(400);
  await new Promise((resolve) => server.close(resolve));
  await close();
});
