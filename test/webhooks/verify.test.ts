// Another language verifies both kinds of signatures, with its own libraries.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecretSeal, newSigningSecret, signatureKinds, verifierOf } from '../../src/domain/webhook-endpoint.ts';
import { writeAttempt } from '../../src/webhooks/attempts.ts';

const nowMs = Date.parse('2026-11-21T09:30:00Z');
const seal = createSecretSeal('a session secret of a server, long enough');
const event = { id: 'evt_3nVb7Lw0QeYp5TzJr2sKxA', type: 'key.revoked', atMs: nowMs, data: '{"name":"مفتاح"}' };

test.each(signatureKinds)('Python verifies %s, of the new and of the old secret, and nothing forged', (kind) => {
  const [secret, old] = [newSigningSecret(kind), newSigningSecret(kind)];
  const former = { sealedSecret: seal.seal(old, 'wh_1'), untilMs: nowMs + 1 };
  const endpoint = { id: 'wh_1', format: 'standard', sealedSecret: seal.seal(secret, 'wh_1'), former } as const;
  const { headers, body } = writeAttempt(endpoint, { event }, { seal, nowMs });
  const later = { ...headers, 'webhook-timestamp': String(nowMs / 1000 + 1) };
  const asked = [
    { verifier: verifierOf(secret), headers, body },
    { verifier: verifierOf(old), headers, body },
    { verifier: verifierOf(newSigningSecret(kind)), headers, body },
    { verifier: verifierOf(secret), headers, body: `${body} ` },
    { verifier: verifierOf(secret), headers: later, body },
  ];
  const { stdout, stderr } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'verify.py')], {
    input: asked.map((each) => JSON.stringify(each)).join('\n'),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual(['true', 'true', 'false', 'false', 'false']);
});
