import { beforeEach, expect, test } from 'vitest';
import { holdsSecret, setSecretPrefixes } from './secrets.ts';

beforeEach(() =>
  setSecretPrefixes([
    ...['sk_live_', 'xyp_', 'key_', 'org_', 'key-', 'AKIA'].map((text) => ({ text, isPlain: true })),
    ...['old_', 'sk-proj-'].map((text) => ({ text, isPlain: false })),
  ]),
);

const body = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789';

test.each([
  [`sk_live_${body}`],
  [`  sk_live_${body}\n`],
  [`Authorization: Bearer xyp_${body}`],
  [`/operator/orgs?q=sk_live_${body}`],
  [`/orgs/old_${body}/keys`],
  [`q=%73k_live_${body}`],
  [`q=sk%5Flive%5F${body}`],
  [`sk_live_sk_live_${body}`],
  [`sk_live_${body.slice(0, 16)}`],
  // Imported secrets have other characters too.
  ['old_1b4e28ba-2fa1-11d2-883f-0016d3cca427'],
  ['{"name":"old_ab-CD_ef.GH1ij~kl"}'],
  // Prefixes that words contain too.
  ['q=AKIAABCDEFGHIJKLMN2P'],
  ['/keys/key-0a1b2c3d4e5f6a7b'],
  ['sk-proj-ab-CD_ef-GH1ij_kl'],
  // The operator token, and other tokens.
  [`/operator/orgs?q=mft_${body}`],
  // Longer than the ids that begin alike, or joined to other text.
  [`/keys/key_${body}`],
  [`org_${body.slice(0, 21)}`],
  [`key_${body.slice(0, 20)}-x`],
])('a secret is found in %j', (text) => {
  expect(holdsSecret(text)).toBe(true);
});

test.each([
  [''],
  ['sk_live_'],
  ['sk_live_AbCd…6789'],
  [`sk_live_${body.slice(0, 15)}`],
  ['Payments sk_live_ key of production'],
  ['key_AbCdEfGhIjKlMnOpQrSt'],
  [`/orgs/org_${body.slice(0, 20)}/keys/key_${body.slice(0, 20)}?x=key_${body.slice(0, 20)}`],
  [`{"org":"org_${body.slice(0, 20)}"}`],
  [`/orgs/org_1/audit?actor=tok_${body.slice(0, 20)}`],
  ['old_accounts'],
  ['{"name":"old_accounts","endpoints":["GET /old_accounts/*","POST /v2/old_accounts/{id}/transfers"]}'],
  ['old_customers:read'],
  ['AKIAINTERNATIONALIZATION'],
  ['monkey-business-plan-2024'],
  ['/keys/key-0a1b2c3d4e5f6a7'],
  ['sk-proj-the-name-of-a-project'],
  ['old_production_server-of-ours'],
  [`pk_other_${body}`],
  [`sk_live_%zz${body}`],
])('none is in %j', (text) => {
  expect(holdsSecret(text)).toBe(false);
});

test('before anything is known of the server, nothing is a secret', () => {
  setSecretPrefixes([]);
  expect(holdsSecret(`sk_live_${body}`)).toBe(false);
});
