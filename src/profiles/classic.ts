// The classic API: Bearer `sk_live_` / `sk_test_`, keys restricted by address, referrer and endpoint.
import type { ApiKey } from '../domain/api-key.ts';
import { notFound } from '../management/management-error.ts';
import {
  answerInvalidKeys,
  commonErrors,
  commonManagementErrors,
  commonPolicy,
  type ManagementAnswer,
  type ManagementCall,
  type Profile,
  type WireError,
  xRateLimitHeaders,
} from './profile.ts';

/** "401 Unauthorized — Problem: Missing or invalid API key." */
const missing: WireError = {
  status: 401,
  code: 'MISSING_API_KEY',
  message: 'Missing API key. Send it in the Authorization header: Bearer YOUR_API_KEY.',
};
const invalid: WireError = { status: 401, code: 'INVALID_API_KEY', message: 'Invalid API key.' };

/** The vendor's list has no pages, so a reply has the newest keys up to this number. */
const maxListed = 1000;

/** "Listing API Keys": the keys of the caller's environment that are not revoked, newest first. */
async function listKeys({ keys, actor }: ManagementCall): Promise<ManagementAnswer> {
  const { items } = await keys.listKeys(actor, { isRevoked: false }, { limit: maxListed });
  return { status: 200, body: { success: true, data: items.map(describeKey) } };
}

/**
 * "Revoking an API Key". The reply is the same 404 for a key that is unknown, already revoked, of another account, or
 * of the other environment.
 */
async function revokeKey({ keys, actor, id }: ManagementCall): Promise<ManagementAnswer> {
  const { revokedAtMs } = await keys.getKey(actor, id);
  if (revokedAtMs !== null) throw notFound();
  await keys.revokeKey(actor, id);
  return { status: 200, body: { success: true, message: 'API key revoked successfully' } };
}

function describeKey({ id, name, hint, createdAtMs, lastUsedAtMs }: ApiKey): object {
  return {
    id,
    name,
    prefix: hint.prefix,
    created_at: toSecond(createdAtMs),
    last_used: lastUsedAtMs === null ? null : toSecond(lastUsedAtMs),
  };
}

/** `2025-01-01T00:00:00Z`: without milliseconds, as on the vendor's page. */
function toSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The classic API. The quoted comments are from the vendor's page. */
export const classic: Profile = {
  id: 'classic',
  source: { kind: 'bearer' },
  secret: { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 },
  policy: {
    ...commonPolicy,
    // "Restrict API keys by: IP address, Referrer URL, Specific API endpoints."
    addresses: { mode: 'cidr', whenEmpty: 'any' },
    hasReferrers: true,
    hasEndpoints: true,
    hasExpiry: true,
    // "Key Management" has listing and revoking, but no creating.
    selfService: { list: true, create: false, revoke: true },
    // "Rotate API keys every 90 days".
    rotateAfterDays: 90,
  },
  // "Test Keys: Data is not persisted".
  isolatesTestData: true,
  dialect: {
    rateHeaders: xRateLimitHeaders,
    sendsRateLimitFields: true,
    contentType: 'application/json; charset=utf-8',
    errors: { ...commonErrors, ...answerInvalidKeys(invalid), credential_missing: missing },
    body: { success: false, error: { code: '{code}', message: '{message}' } },
    management: {
      via: 'classic',
      takesSessions: false,
      routes: [
        { method: 'GET', path: '/v1/api-keys', answer: listKeys },
        { method: 'DELETE', path: '/v1/api-keys/{id}', answer: revokeKey },
      ],
      fieldNames: {},
      errors: commonManagementErrors,
    },
  },
  console: {
    product: { en: 'Classic API', ar: 'Classic API' },
    language: 'en',
    suggestedExpiryDays: 90,
    addressSeparator: 'line',
    revokeWord: 'revoke',
    docsUrl: undefined,
    sample: { method: 'GET', path: '/v1/users/usr_123' },
    words: {
      en: {
        navLabel: 'API Keys',
        createKey: 'Create New API Key',
        nameHint: 'Give your key a descriptive name',
        nameExample: 'Production Key',
        secretOnce: 'Copy and securely store your API key',
        rotateNote: 'Rotate API keys every 90 days. Immediately rotate if a key is compromised.',
        live: 'Live',
        test: 'Test',
      },
      ar: {
        navLabel: 'مفاتيح API',
        createKey: 'إنشاء مفتاح API جديد',
        nameHint: 'أعطِ المفتاح اسمًا يصفه',
        nameExample: 'مفتاح الإنتاج',
        secretOnce: 'انسخ مفتاح API واحفظه في مكان آمن',
        rotateNote: 'دوّر مفاتيح API كل 90 يومًا، ودوّر المفتاح فورًا إذا تسرّب.',
        live: 'الإنتاج',
        test: 'الاختبار',
      },
    },
  },
};
