import { createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { createSecretSeal, newSigningSecret, type SignatureKind, verifierOf } from '../domain/webhook-endpoint.ts';
import { concludeAttempt, retryDelaysMs, writeAttempt } from './attempts.ts';

const nowMs = Date.now();
const seal = createSecretSeal('a session secret of a server, long enough');
const event = { id: 'evt_3nVb7Lw0QeYp5TzJr2sKxA', type: 'key.revoked', atMs: nowMs, data: '{"id":"key_1"}' };

function endpointWith(kind: SignatureKind, former?: { readonly kind: SignatureKind; readonly untilMs: number }) {
  const id = 'wh_1';
  const secrets = [newSigningSecret(kind), newSigningSecret(former?.kind ?? kind)] as const;
  const [sealedSecret, formerSecret] = secrets.map((secret) => seal.seal(secret, id)) as [string, string];
  const kept = former === undefined ? null : { sealedSecret: formerSecret, untilMs: former.untilMs };
  return {
    endpoint: { id, format: 'standard' as const, sealedSecret, former: kept },
    verifiers: secrets.map(verifierOf),
  };
}

describe('an attempt', () => {
  test('is one that two libraries verify, also during the overlap of a rotation', () => {
    const { endpoint, verifiers } = endpointWith('hmac', { kind: 'hmac', untilMs: nowMs + 1 });
    const { headers, body } = writeAttempt(endpoint, { event }, { seal, nowMs });
    for (const secret of verifiers) {
      expect(new Webhook(secret).verify(body, headers)).toEqual({
        type: 'key.revoked',
        timestamp: new Date(nowMs).toISOString(),
        data: { id: 'key_1' },
      });
    }
    for (const Verifier of [Webhook, SvixWebhook]) {
      for (const secret of verifiers) expect(() => new Verifier(secret).verify(body, headers)).not.toThrow();
      expect(() => new Verifier(verifierOf(newSigningSecret('hmac'))).verify(body, headers)).toThrow();
      expect(() => new Verifier(verifiers[0] as string).verify(`${body} `, headers)).toThrow();
    }
    const later = writeAttempt(endpoint, { event }, { seal, nowMs: nowMs + 1 });
    expect(later.headers['webhook-signature']).not.toContain(' ');
  });

  test('is signed with ed25519 by the private key of the public one', () => {
    const { endpoint, verifiers } = endpointWith('ed25519');
    const { headers, body } = writeAttempt(endpoint, { event }, { seal, nowMs });
    const [version, signature = ''] = (headers['webhook-signature'] ?? '').split(',');
    expect(version).toBe('v1a');
    expect(verifiers[0]).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    const x = Buffer.from(verifiers[0]?.slice('whpk_'.length) ?? '', 'base64').toString('base64url');
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
    const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
    expect(verify(null, signed, key, Buffer.from(signature, 'base64'))).toBe(true);
  });

  test('is not made with a secret of another server or endpoint', () => {
    const { endpoint } = endpointWith('hmac');
    const other = createSecretSeal('the session secret of another server');
    expect(() => writeAttempt(endpoint, { event }, { seal: other, nowMs })).toThrow();
    expect(() => writeAttempt({ ...endpoint, id: 'wh_2' }, { event }, { seal, nowMs })).toThrow();
  });
});

describe('the end of an attempt', () => {
  const answered = (status: number, retryAfter?: string) => ({ kind: 'answered', status, retryAfter }) as const;
  const conclude = (result: Parameters<typeof concludeAttempt>[1], attempts = 0, random = 0) =>
    concludeAttempt({ attempts, event }, result, { nowMs, random });

  test('is a success with 2xx alone', () => {
    for (const status of [200, 202, 204, 299]) expect(conclude(answered(status)).outcome.status).toBe('delivered');
    for (const status of [100, 301, 302, 307, 400, 404, 429, 500, 502])
      expect(conclude(answered(status)).outcome.status).toBe('waiting');
  });

  test('is followed by attempts for three days, then the endpoint is disabled', () => {
    const waits = retryDelaysMs.map((_, attempts) => {
      const { outcome } = conclude({ kind: 'failed', failure: 'timed_out' }, attempts);
      return ((outcome.nextAtMs ?? 0) - nowMs) / 1_000;
    });
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(conclude({ kind: 'failed', failure: 'timed_out' }, retryDelaysMs.length)).toEqual({
      outcome: { status: 'failed', nextAtMs: null, httpStatus: null, error: 'timed_out' },
      disable: 'failing',
    });
  });

  test('is followed by a wait that is a tenth longer at most', () => {
    expect(conclude(answered(500), 1, 1).outcome.nextAtMs).toBe(nowMs + 330_000);
  });

  test('waits as long as the receiver asks, a day at most, and never shorter than the schedule', () => {
    const waitOf = (retryAfter: string) =>
      ((conclude(answered(503, retryAfter)).outcome.nextAtMs ?? 0) - nowMs) / 1_000;
    expect(waitOf('120')).toBe(120);
    expect(waitOf('1')).toBe(5);
    expect(waitOf('999999999')).toBe(86_400);
    expect(waitOf('-5')).toBe(5);
    expect(waitOf('soon')).toBe(5);
    expect(waitOf(new Date(nowMs + 600_000).toUTCString())).toBeCloseTo(600, -1);
  });

  test('disables the endpoint with 410 at once', () => {
    expect(conclude(answered(410))).toMatchObject({ outcome: { status: 'failed' }, disable: 'gone' });
  });

  test('of a test event is final and disables nothing but with 410', () => {
    const tested = { attempts: 0, event: { ...event, type: 'webhook.test' } };
    expect(concludeAttempt(tested, answered(500), { nowMs, random: 0 })).toEqual({
      outcome: { status: 'failed', nextAtMs: null, httpStatus: 500, error: 'status' },
    });
  });

  test('without a readable secret waits as any other', () => {
    expect(conclude({ kind: 'unsigned' }).outcome).toMatchObject({ status: 'waiting', error: 'secret_unreadable' });
  });
});
