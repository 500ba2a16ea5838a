// Replies to changes return a revision, and decisions can require one.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { formatPosition } from '../../src/domain/position.ts';
import { openHarness, startMs } from './internal-harness.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;

beforeAll(async () => {
  harness = await openHarness({ classic: { canDisable: true } });
});
afterAll(() => harness.close());
beforeEach(() => harness.clock.set(startMs));
afterEach(() => {
  harness.others.unreached = undefined;
  harness.others.isBehind = false;
});

const revisionOf = ({ headers }: Awaited<ReturnType<typeof harness.call>>) =>
  Number(/^(\d+)-[0-9a-f]{8}$/.exec(String(headers['x-miftah-revision']))?.[1]);

/** Every kind of change, in an order in which each succeeds. */
async function changeAll(): Promise<[name: string, answer: Awaited<ReturnType<typeof harness.call>>][]> {
  const answers: [string, Awaited<ReturnType<typeof harness.call>>][] = [];
  const change = async (method: string, path: string, body?: unknown) => {
    const answer = await harness.call(method, path, body === undefined ? {} : { body });
    answers.push([`${method} ${path.replaceAll(/(org|key|sec)_\w+/g, '{id}')}`, answer]);
    return answer.json;
  };
  const org = await change('POST', '/v1/orgs', { name: 'Acme' });
  const other = await change('POST', '/v1/orgs', { name: 'Other' });
  await change('PATCH', `/v1/orgs/${org.id}`, { name: 'Acme 2' });
  await change('POST', `/v1/orgs/${org.id}/suspend`);
  await change('POST', `/v1/orgs/${org.id}/resume`);
  const key = await change('POST', '/v1/keys', { api: 'classic', org: org.id, name: 'server' });
  await change('PATCH', `/v1/keys/${key.id}`, { name: 'other' });
  await change('POST', `/v1/keys/${key.id}/disable`);
  await change('POST', `/v1/keys/${key.id}/enable`);
  await change('POST', `/v1/keys/${key.id}/rotate`, { overlap: '1h' });
  const secrets = (await harness.call('GET', `/v1/keys/${key.id}/secrets`)).json.data;
  await change('PATCH', `/v1/keys/${key.id}/secrets/${secrets[1].id}`, { endsIn: 'now' });
  await change('POST', `/v1/keys/${key.id}/transfer`, { org: other.id });
  await change('DELETE', `/v1/keys/${key.id}`);
  return answers;
}

describe('the reply to a change', () => {
  test('has a revision that rises with each change', async () => {
    const answers = await changeAll();
    expect(answers.map(([name, { status }]) => [name, status < 300])).toEqual(answers.map(([name]) => [name, true]));
    const revisions = answers.map(([, answer]) => revisionOf(answer));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(new Set(revisions).size).toBe(revisions.length);
    for (const [, { json }] of answers) expect(json).not.toHaveProperty('coherence');
  });

  test('has the same revision again if nothing changed', async () => {
    const { id } = await harness.createKey();
    const first = await harness.call('DELETE', `/v1/keys/${id}`);
    expect(revisionOf(await harness.call('DELETE', `/v1/keys/${id}`))).toBe(revisionOf(first));
  });

  test('has none after a read or an error', async () => {
    const { id, org } = await harness.createKey();
    for (const [method, path, body] of [
      ['GET', `/v1/keys/${id}`],
      ['PATCH', `/v1/keys/${id}`, { name: '' }],
      ['POST', '/v1/keys', { api: 'nope', org, name: 'x' }],
    ] as const) {
      expect((await harness.call(method, path, { body })).headers).not.toHaveProperty('x-miftah-revision');
    }
  });

  test('repeated with its idempotency key has a revision that is not older', async () => {
    const call = { body: { name: 'Acme' }, headers: { 'idempotency-key': 'revisions-1' } };
    const first = await harness.call('POST', '/v1/orgs', call);
    const again = await harness.call('POST', '/v1/orgs', call);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(revisionOf(again)).toBeGreaterThanOrEqual(revisionOf(first));
  });

  test.each([
    [
      ['n2', 'n3'],
      ['n2', 'n3'],
    ],
    [undefined, null],
  ])('names the unreached nodes, %j, and until when they may use the old state', async (nodes, told) => {
    harness.others.unreached = { nodes, forAtMostMs: 29_500.2 };
    // No decision uses names and kinds, so these changes wait for no node.
    const waiting = (await changeAll()).filter(([name]) => !/^(POST|PATCH) .v1.orgs(.\{id\})?$/.test(name));
    expect(waiting).toHaveLength(10);
    for (const [name, { json }] of waiting) {
      const boundUntil = new Date(startMs + 29_501).toISOString();
      expect([name, json.coherence]).toEqual([name, { reached: false, nodes: told, boundUntil }]);
    }
  });
});

describe('a decision at least as new as a revision', () => {
  const verify = (body: object) => harness.call('POST', '/v1/verify', { body: { api: 'classic', ...body } });
  const minRevision = formatPosition({ epoch: 'a', revision: 7 });

  test('is made from memory if that is new enough', async () => {
    const { secret } = await harness.createKey();
    await verify({ secret });
    const { hits } = harness.cache.counts;
    expect((await verify({ secret, minRevision })).json.verdict).toBe('allowed');
    expect(harness.cache.counts.hits).toBe(hits + 1);
  });

  test('asks the store if memory may be older', async () => {
    const { id, secret } = await harness.createKey();
    expect((await verify({ secret })).json.verdict).toBe('allowed');
    await harness.storage.management.revokeKey(id, startMs);
    // This node's memory has not received the change.
    expect((await verify({ secret, minRevision })).json.verdict).toBe('allowed');
    harness.others.isBehind = true;
    expect((await verify({ secret })).json.verdict).toBe('allowed');
    for (const explain of [false, true]) {
      expect((await verify({ secret, minRevision, explain })).json).toMatchObject({
        verdict: 'refused',
        reason: 'key_revoked',
      });
    }
  });

  test.each(['7', '', '7-xyz', 'latest', `${minRevision} `])('refuses the revision %j', async (bad) => {
    const answer = await verify({ secret: 'x', minRevision: bad });
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid_input', field: 'minRevision' });
  });

  test('is unavailable if the store does not answer', async () => {
    const { secret } = await harness.createKey();
    expect((await verify({ secret, minRevision })).json.verdict).toBe('allowed');
    harness.others.isBehind = true;
    const store = vi.spyOn(harness.storage.keyStore, 'findSecret').mockRejectedValue(new Error('out'));
    try {
      for (const explain of [false, true]) {
        const answer = await verify({ secret, minRevision, explain });
        expect(answer.json).toMatchObject({ status: 503, code: 'unavailable' });
        expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
      }
      expect((await verify({ secret })).json.verdict).toBe('allowed');
    } finally {
      store.mockRestore();
    }
  });
});
