// The sample API, run as a reader of the docs would run it.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../examples/sample-api/server.mjs', import.meta.url));

let child: ChildProcessWithoutNullStreams;
let url: string;
beforeAll(async () => {
  child = spawn(process.execPath, [program, '--port', '0'], { stdio: 'pipe' });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  url = /http:\/\/[0-9.:]+\d/.exec(line)?.[0] ?? '';
});
afterAll(() => child.kill());

test.for([
  ['/user/profile', { name: 'Demo Dealer' }],
  ['/v1/wallets/service/balance', { success: true, data: { currency: 'KES' } }],
  ['/v1/users/usr_123', { id: 'usr_123' }],
] as const)('the sample API answers %s', async ([path, body]) => {
  const response = await fetch(url + path);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject(body);
});

test('the sample API echoes any other request', async () => {
  const response = await fetch(`${url}/a/b?x=1&y=2&y=3`, {
    method: 'POST',
    body: 'hello',
    headers: { 'X-Seen': 'yes' },
  });
  expect(await response.json()).toMatchObject({
    method: 'POST',
    path: '/a/b',
    query: { x: '1', y: ['2', '3'] },
    headers: { 'x-seen': 'yes', 'content-length': '5' },
    bodyBytes: 5,
  });
});

test('the sample API names the port in use and ends with 1', async () => {
  const port = new URL(url).port;
  const second = spawn(process.execPath, [program, '--port', port], { stdio: 'pipe' });
  let said = '';
  second.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(second, 'close');
  expect([code, said]).toEqual([
    1,
    `error: the sample API cannot listen on port ${port} (EADDRINUSE): choose another with --port.\n`,
  ]);
});
