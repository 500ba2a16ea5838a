// PalPluss: wallets. HTTP Basic with the key as user name, 60 requests a minute, rate headers on every response.
import { answerInvalidKeys, commonErrors, commonPolicy, type Profile, type WireError } from './profile.ts';

/** "Key not found, revoked, or malformed header". A header that is missing or sent twice gets the same answer. */
const invalid: WireError = { status: 401, code: 'INVALID_API_KEY', message: 'Invalid or revoked API key.' };

/** PalPluss. The quoted comments are from the vendor's page. */
export const palpluss: Profile = {
  id: 'palpluss',
  source: { kind: 'basic' },
  // The page shows 20 characters after pk_live_, which are 119 bits. Miftah requires at least 160.
  secret: { prefixes: { live: 'pk_live_', test: 'pk_test_' }, length: 48 },
  policy: {
    ...commonPolicy,
    // "Requests are limited to 60 per minute per API key."
    rateLimits: [{ limit: 60, windowSeconds: 60 }],
    // "x-ratelimit-limit: Maximum requests per minute". This is always true only if every limit has this window.
    rateLimitWindowSeconds: 60,
    // "Rate limit headers are included on every response". Without a key, they show the limit of the client address.
    countsRefusals: true,
    // "Rotate keys periodically (every 90 days is a common baseline)."
    rotateAfterDays: 90,
  },
  isolatesTestData: false,
  dialect: {
    rateHeaders: {
      limit: 'x-ratelimit-limit',
      remaining: 'x-ratelimit-remaining',
      reset: 'x-ratelimit-reset',
      resetAs: 'unix',
    },
    sendsRateLimitFields: false,
    contentType: 'application/json; charset=utf-8',
    errors: {
      ...commonErrors,
      ...answerInvalidKeys(invalid),
      org_suspended: {
        status: 401,
        code: 'TENANT_INACTIVE',
        message: 'The account associated with this API key is suspended.',
      },
    },
    body: {
      success: false,
      error: { message: '{message}', code: '{code}', details: { 'docs?': '{docs}', 'contact?': '{contact}' } },
      requestId: '{requestId}',
    },
  },
  console: {
    product: { en: 'PalPluss', ar: 'PalPluss' },
    language: 'en',
    // "Does not expire automatically".
    suggestedExpiryDays: undefined,
    addressSeparator: 'comma',
    // "Can be revoked at any time from the dashboard"
    revokeWord: 'revoke',
    docsUrl: undefined,
    sample: { method: 'GET', path: '/v1/wallets/service/balance' },
    words: {
      en: {
        navLabel: 'API Keys',
        schemeNote: 'Note the trailing colon — this encodes an empty password in Basic Auth format.',
        rotateNote:
          'When rotating, create the new key first, update your application, then revoke the old key. Every 90 days is a common baseline.',
      },
      ar: {
        navLabel: 'مفاتيح API',
        schemeNote: 'لاحظ النقطتين في آخر المفتاح: تعنيان كلمة مرور فارغة في صيغة Basic Auth.',
        rotateNote: 'عند التدوير أنشئ المفتاح الجديد أولًا، ثم حدّث تطبيقك، ثم أبطل القديم. كل 90 يومًا قاعدة شائعة.',
      },
    },
  },
};
