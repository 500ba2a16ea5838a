// Forms of a request's target: absolute ones name the host that counts, an asterisk is the server as a whole.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

let server: TestServer;
let secret: string;
let restricted: string;

beforeAll(async () => {
  server = await startTestServer();
  const org = await server.createOrg();
  ({ secret } = await server.createKey({ api: 'classic', org }));
  ({ secret: restricted } = await server.createKey({ api: 'classic', org, endpoints: ['GET /v1/users/*'] }));
});
afterAll(() => server[Symbol.asyncDispose]());

type Headers = readonly (readonly [string, string])[];

const api = 'api.classic.localhost';

function send(line: string, host = 'evil.com', headers: Headers = [['Authorization', `Bearer ${secret}`]]) {
  return sendRaw({ port: server.publicPort, text: requestText(`${line} HTTP/1.1`, [['Host', host], ...headers]) });
}

test.each([
  [`http://${api}/v1/users/1?a=http://b`, '/v1/users/1?a=http://b'],
  [`HTTPS://API.Classic.localhost:4100/v1`, '/v1'],
  [`http://${api}`, '/'],
  [`http://${api}?a=1`, '/?a=1'],
  [`http://${api}//evil.com/../a`, '//evil.com/../a'],
  [`http://${api}./a`, '/a'],
])('the host of %s counts, whatever Host says, and the upstream gets %s', async (target, path) => {
  const reply = await send(`GET ${target}`);
  expect(reply.status).toBe(200);
  const { target: received, rawHeaders } = JSON.parse(reply.body) as { target: string; rawHeaders: string[] };
  expect(received).toBe(path);
  const hosts = rawHeaders.filter((_, at) => /host$/i.test(rawHeaders[at - 1] ?? '') && at % 2 === 1);
  const authority = /^https?:\/\/([^/?]*)/i.exec(target)?.[1];
  expect(hosts).toEqual([authority, authority]);
  expect(reply.body).not.toContain('"evil.com"');
});

test('a rule looks at the path of an absolute target as at any other', async () => {
  const headers: Headers = [['Authorization', `Bearer ${restricted}`]];
  expect((await send(`GET http://${api}/v1/users/1`, api, headers)).status).toBe(200);
  expect((await send(`GET http://${api}/v1/cards/1`, api, headers)).status).toBe(403);
  expect((await send(`GET http://${api}/v1/users/../cards`, api, headers)).status).toBe(400);
  expect((await send(`GET http://${api}/v1/users/1`, api, [])).status).toBe(401);
});

test('a target of another host is that host’s, and a malformed one is answered in the dialect', async () => {
  expect((await send('GET http://evil.com/v1/users/1', api)).status).toBe(421);
  const malformed = await send(`GET http://user@${api}/v1`, api);
  expect([malformed.status, JSON.parse(malformed.body).error.code]).toEqual([400, 'BAD_REQUEST']);
});

test('OPTIONS of the server needs no key and reaches no upstream', async () => {
  for (const line of ['OPTIONS *', `OPTIONS http://${api}`]) {
    for (const headers of [[], [['Authorization', `Bearer ${secret}`]]] satisfies Headers[]) {
      const reply = await send(line, api, headers);
      expect([reply.status, reply.body, reply.headers['x-request-id'] !== undefined]).toEqual([204, '', true]);
    }
  }
  expect((await send('OPTIONS *')).status).toBe(421);
  expect((await send(`OPTIONS http://${api}/`, api, [])).status).toBe(401);
});

test('the internal listener and the console take absolute targets too', async () => {
  const { internalPort, operatorToken } = server;
  const ask = (line: string, host: string, headers: Headers = []) =>
    sendRaw({ port: internalPort, text: requestText(`${line} HTTP/1.1`, [['Host', host], ...headers]) });
  const token: Headers = [['Authorization', `Bearer ${operatorToken}`]];
  expect((await ask('GET http://localhost:4101/v1/orgs', 'localhost', token)).status).toBe(200);
  expect((await ask('GET http://localhost/healthz', 'evil.com')).status).toBe(200);
  expect((await ask('GET http://evil.com/healthz', 'localhost')).status).toBe(421);
  expect((await ask('GET http://evil.com@localhost/healthz', 'localhost')).status).toBe(400);
  expect((await send('GET http://localhost/api/config', 'evil.com', [])).status).toBe(200);
});

test('a WebSocket is opened by an absolute target', async () => {
  const { WebSocketServer } = await import('ws');
  const sockets = new WebSocketServer({ noServer: true });
  server.upstream.once('upgrade', (req, socket, head) =>
    sockets.handleUpgrade(req, socket, head, (each) => each.terminate()),
  );
  const upgrade: Headers = [
    ['Authorization', `Bearer ${secret}`],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Version', '13'],
  ];
  expect((await send(`GET http://${api}/stream`, 'evil.com', upgrade)).status).toBe(101);
});
