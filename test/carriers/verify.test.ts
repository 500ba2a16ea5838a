// `/v1/verify` as a carrier: whoever can't sit in the path asks, and gets the reply to give.
import { expect } from 'vitest';
import { startTestServer } from '../fixture.ts';
import { carriedApis, clockOfCarriers, describeCarrier } from './carrier-contract.ts';

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
