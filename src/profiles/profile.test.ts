// The five profiles are complete, and have the statuses and rules of the vendors' pages.
import { describe, expect, test } from 'vitest';
import { profiles } from '../config/bundled-profiles.ts';
import { reasons } from '../domain/verdict.ts';
import { faults, type Problem, type Profile } from './profile.ts';
import { compileReplies, renderProblem } from './reply.ts';

const problems: readonly Problem[] = [...reasons, ...faults];

describe.each(Object.entries(profiles) as [string, Profile][])('%s', (id, profile) => {
  const { errors } = profile.dialect;

  test('bears its own id', () => {
    expect(profile.id).toBe(id);
  });

  test('has words and an error status for every problem, and no others', () => {
    expect(Object.keys(errors).sort()).toEqual([...problems].sort());
    for (const problem of problems) {
      const { status, message } = errors[problem];
      expect(Number.isInteger(status) && status >= 400 && status <= 599).toBe(true);
      expect(message).not.toBe('');
    }
  });

  test('answers every request without a valid key with 401, and the same whether the key is unknown, revoked or expired', () => {
    for (const reason of [
      'credential_missing',
      'credential_malformed',
      'credential_ambiguous',
      'org_suspended',
    ] as const) {
      expect(errors[reason].status).toBe(401);
    }
    for (const reason of ['key_revoked', 'key_disabled', 'key_expired', 'environment_mismatch'] as const) {
      expect(errors[reason]).toEqual(errors.key_unknown);
    }
    expect(errors.key_unknown.status).toBe(401);
  });

  test('keeps 429 for limits and 503 for not being able to tell', () => {
    expect(problems.filter((problem) => errors[problem].status === 429)).toEqual(['rate_limited', 'quota_exceeded']);
    expect(problems.filter((problem) => errors[problem].status === 503)).toEqual(['unavailable']);
  });

  test('renders JSON that does not name the reason, the key or anything internal', () => {
    for (const problem of problems) {
      const replies = compileReplies(profile.dialect, profile, { nowMs: () => 0 });
      const context = { requestId: 'c1b2a3d4-e5f6-7890-abcd-ef1234567890', clientAddress: undefined, rate: undefined };
      const { body } = renderProblem(replies, problem, context);
      expect(() => JSON.parse(body)).not.toThrow();
      expect(body).not.toMatch(/miftah|stack|org_|key_/i);
    }
  });
});

test.each<[keyof typeof profiles, Problem, number]>([
  ['palcards', 'address_not_allowed', 401],
  ['palcards', 'address_list_empty', 401],
  ['palcards', 'referrer_not_allowed', 401],
  ['palcards', 'endpoint_not_allowed', 401],
  ['palcards', 'scope_missing', 401],
  ['palcards', 'path_not_canonical', 401],
  ['panel', 'address_not_allowed', 403],
  ['classic', 'address_not_allowed', 403],
  ['classic', 'referrer_not_allowed', 403],
  ['classic', 'endpoint_not_allowed', 403],
  ['palm', 'scope_missing', 403],
])('%s answers %s with %i', (id, problem, status) => {
  expect(profiles[id].dialect.errors[problem].status).toBe(status);
});

test.each<[keyof typeof profiles, Profile['source']]>([
  ['palcards', { kind: 'header', header: 'x-api-key' }],
  ['palpluss', { kind: 'basic', part: 'user' }],
  ['panel', { kind: 'bearer' }],
  ['classic', { kind: 'bearer' }],
  ['palm', { kind: 'bearer' }],
])('%s takes its key where its page says', (id, source) => {
  expect(profiles[id].source).toEqual(source);
});

test("the rules are those of the vendors' pages", () => {
  const { palcards, palpluss, panel, classic, palm } = profiles;
  expect(palcards.policy).toEqual({
    addresses: { mode: 'exact_ipv4', whenEmpty: 'block' },
    hasReferrers: false,
    hasEndpoints: false,
    hasExpiry: false,
    expiry: { defaultDays: undefined, maxDays: undefined },
    name: { min: 3, max: 200 },
    orgKind: 'dealer',
    keyIds: 'prefixed',
    canRotate: false,
    canDisable: false,
    selfService: { list: false, create: false, rotate: false, revoke: false },
    maxKeysPerOrg: undefined,
    requiresAddresses: false,
    limitWindows: 'fixed',
    rateLimits: [],
    countsRefusals: false,
    memberMetadata: [],
    forwardedMetadata: [],
    templates: [],
    scopeRules: [],
    hasStrictPaths: false,
    rotateAfterDays: undefined,
    billing: {
      ends: ['1xx', '2xx', '3xx', '4xx', 'unknown', 'client_left'],
      billsHeadAndOptions: false,
      billsTest: false,
    },
    weightRules: [],
  });
  expect(palpluss.policy).toMatchObject({
    addresses: { mode: 'none', whenEmpty: 'any' },
    hasExpiry: false,
    rateLimits: [{ limit: 60, windowSeconds: 60 }],
    countsRefusals: true,
    canRotate: true,
    rotateAfterDays: 90,
  });
  expect(panel.policy).toMatchObject({
    addresses: { mode: 'exact', whenEmpty: 'any' },
    hasExpiry: true,
    name: { min: 0, max: 500 },
    keyIds: 'cuid',
    canRotate: false,
    selfService: { list: true, create: true, rotate: false, revoke: true },
    rateLimits: [],
  });
  expect(classic.policy).toMatchObject({
    addresses: { mode: 'cidr', whenEmpty: 'any' },
    hasReferrers: true,
    hasEndpoints: true,
    hasExpiry: true,
    selfService: { list: true, create: false, rotate: false, revoke: true },
    maxKeysPerOrg: undefined,
    rateLimits: [],
    rotateAfterDays: 90,
  });
  expect(palm.policy).toMatchObject({ hasExpiry: true, rateLimits: [{ limit: 600, windowSeconds: 60 }] });
});

test('test data is separate, and a key lives long, where the page says so', () => {
  const { palcards, palpluss, panel, classic, palm } = profiles;
  const isolating = [palcards, palpluss, panel, classic, palm].filter(({ isolatesTestData }) => isolatesTestData);
  expect(isolating.map(({ id }) => id)).toEqual(['classic', 'palm']);
  const days = [panel, classic, palm].map(({ console: shown }) => shown.suggestedExpiryDays);
  expect(days).toEqual([90, 90, undefined]);
});

test('the console has the words that the pages give', () => {
  const { palcards, palpluss, panel, classic } = profiles;
  expect(palcards.console.words.ar).toMatchObject({
    navLabel: 'مفاتيح API',
    createKey: 'إنشاء مفتاح جديد',
    nameLabel: 'اسم المفتاح',
    addressesLabel: 'قائمة IP المسموحة',
    create: 'إنشاء',
    addressesEmpty: 'جميع الطلبات محظورة',
    secretOnce: 'لن تتمكن من رؤيته مرة أخرى',
  });
  expect(palcards.console.words.en).toMatchObject({ createKey: 'Create new key', revoke: 'Delete' });
  expect(palpluss.console.words.en).toMatchObject({ navLabel: 'API Keys' });
  expect(classic.console.words.en).toMatchObject({ navLabel: 'API Keys', createKey: 'Create New API Key' });
  expect(panel.console.words.en).toMatchObject({ createKey: 'Create API Key', revoke: 'Delete' });
});
