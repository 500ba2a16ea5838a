// The classic API: Bearer `sk_live_` / `sk_test_`, keys restricted by address, referrer and endpoint.
import {
  answerInvalidKeys,
  commonErrors,
  commonManagementErrors,
  commonPolicy,
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
    management: { shape: 'classic', path: '/v1/api-keys', errors: commonManagementErrors },
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
