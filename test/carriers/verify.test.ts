// `/v1/verify` as a carrier: whoever can't sit in the path asks, and gets the reply to give.
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';
import { carriedApis, clockOfCarriers, configOfOwn, describeCarrier } from './carrier-contract.ts';

interface VerifyAnswer {
  readonly verdict: 'allowed' | 'refused' | 'answered';
  /** Status and body: unless it is allowed. */
  readonly reply: { readonly status?: number; readonly headers: Record<string, string>; readonly body?: string };
}

describeCarrier('/v1/verify', async () => {
  const server = await startTestServer({ clock: clockOfCarriers, apis: carriedApis });
  return {
    async send({ api, method = 'GET', path = '/v1/users/usr_123', headers, from = '127.0.0.1' }) {
      // The hosts of palcards are bound to an environment, so the caller has to name it.
      const host = api === 'palcards' ? { environment: 'live' } : {};
      const asked = { api, method, path, headers, clientIp: from, ...host };
      const { body } = await server.admin('POST', '/v1/verify', asked);
      const answer = body as unknown as VerifyAnswer;
      const { status = 200, headers: replied, body: text = '' } = answer.reply;
      expect(status === 200).toBe(answer.verdict === 'allowed');
      const lowered = Object.entries(replied).map(([name, value]) => [name.toLowerCase(), value] as const);
      return { status, headers: Object.fromEntries(lowered), body: text };
    },
    createOrg: () => server.createOrg(),
    createKey: (fields) => server.createKey(fields),
    async suspendOrg(id) {
      await server.admin('POST', `/v1/orgs/${id}/suspend`);
    },
    async revokeKey(id) {
      await server.admin('DELETE', `/v1/keys/${id}`);
    },
    close: () => server[Symbol.asyncDispose](),
  };
});

test('an API that takes keys in the query needs the path and the headers, or the secret', async () => {
  await using server = await startTestServer({ apis: `\n${configOfOwn}` });
  const { secret } = await server.createKey({ api: 'queries', org: await server.createOrg() });
  const ask = async (facts: Record<string, unknown>) => {
    const { status, body } = await server.admin('POST', '/v1/verify', { api: 'queries', method: 'GET', ...facts });
    expect(JSON.stringify(body)).not.toContain(secret);
    return status === 200 ? [body.verdict, body.reason] : [status, body.detail];
  };
  const path = `/a?api_key=${secret}`;
  const fix = 'this API takes keys in the query; send path with its query, and headers, even if empty';
  expect(await ask({})).toEqual([400, `path: is missing: ${fix}`]);
  expect(await ask({ headers: {} })).toEqual([400, `path: is missing: ${fix}`]);
  expect(await ask({ path })).toEqual([400, `headers: is missing: ${fix}`]);
  expect(await ask({ path, headers: {} })).toEqual(['allowed', undefined]);
  expect(await ask({ path, headers: [], explain: true })).toEqual(['allowed', undefined]);
  expect(await ask({ path: '/a', headers: {} })).toEqual(['refused', 'credential_missing']);
  expect(await ask({ path, headers: { 'x-api-key': secret } })).toEqual(['refused', 'credential_ambiguous']);
  expect(await ask({ secret })).toEqual(['allowed', undefined]);
  expect(await ask({ secret, path: '/a?b=1' })).toEqual(['allowed', undefined]);
  expect(await ask({ secret, path })).toEqual(['refused', 'credential_ambiguous']);
  const { body } = await server.admin('POST', '/v1/verify', { api: 'queries', secret });
  expect(body.reply).toEqual({ headers: { 'Cache-Control': 'private', 'X-Request-Id': expect.any(String) } });
});

test('the verdict has the metadata that the API names, for the caller and for its upstream', async () => {
  await using server = await startTestServer({ apis: carriedApis });
  const org = await server.createOrg();
  await server.admin('PATCH', `/v1/orgs/${org}`, { metadata: { customer_id: '٤٢', plan: 'free' } });
  const { id, secret } = await server.createKey({ api: 'panel', org, metadata: { plan: 'gold', team: 'payments' } });
  const ask = async (more = {}) => (await server.admin('POST', '/v1/verify', { api: 'panel', secret, ...more })).body;
  const metadata = { plan: 'gold', customer_id: '٤٢' };
  expect(await ask()).toMatchObject({
    key: { id, metadata },
    forward: { headers: { 'X-Miftah-Meta-Plan': 'gold', 'X-Miftah-Meta-Customer-Id': '%D9%A4%D9%A2' } },
  });
  expect(await ask({ explain: true })).toMatchObject({ key: { metadata } });
  expect(JSON.stringify(await ask())).not.toContain('payments');
  const plain = await server.createKey({ api: 'palm', org, metadata: { plan: 'gold' } });
  const answer = await ask({ api: 'palm', secret: plain.secret, method: 'GET', path: '/v1/ping' });
  expect(answer.key).toEqual({ id: plain.id, org, api: 'palm', environment: 'live', scopes: [] });
});
