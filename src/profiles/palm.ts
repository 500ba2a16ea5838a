// Palm: verifications. Bearer `sk_live_` / `sk_test_`, problem details (RFC 9457), 600 requests a minute.
import {
  answerInvalidKeys,
  commonErrors,
  commonPolicy,
  type Profile,
  type WireError,
  xRateLimitHeaders,
} from './profile.ts';

/** "401 errors: missing Authorization header, malformed Bearer token, or expired / revoked API key." */
const missing: WireError = { status: 401, code: 'UNAUTHORIZED', message: 'The Authorization header is missing.' };
const malformed: WireError = { status: 401, code: 'UNAUTHORIZED', message: 'The Bearer token is malformed.' };
const invalid: WireError = {
  status: 401,
  code: 'UNAUTHORIZED',
  message: 'The API key is invalid, expired or revoked.',
};
/** "403 Forbidden: Valid credentials but insufficient permissions." */
const forbidden: WireError = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'The API key has insufficient permissions for this request.',
};

/** Palm. The quoted comments are from the vendor's page. */
export const palm: Profile = {
  id: 'palm',
  source: { kind: 'bearer' },
  secret: { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 },
  policy: {
    ...commonPolicy,
    hasExpiry: true,
    // "X-RateLimit-Limit: Maximum requests per minute". The page gives no number.
    rateLimits: [{ limit: 600, windowSeconds: 60 }],
  },
  // "Data isolation: Test and production data are kept separate."
  isolatesTestData: true,
  dialect: {
    rateHeaders: xRateLimitHeaders,
    sendsRateLimitFields: false,
    contentType: 'application/problem+json',
    errors: {
      ...commonErrors,
      ...answerInvalidKeys(invalid),
      credential_missing: missing,
      credential_malformed: malformed,
      credential_ambiguous: malformed,
      address_not_allowed: forbidden,
      address_list_empty: forbidden,
      referrer_not_allowed: forbidden,
      endpoint_not_allowed: forbidden,
      scope_missing: forbidden,
    },
    // With type `about:blank`, the title is the phrase of the status (RFC 9457 §4.2.1). `instance` names the request if
    // its id is a UUID. A trusted proxy may set another id, which X-Request-Id then has.
    // RFC 9457 §3.2: a problem may have further members.
    body: {
      type: 'about:blank',
      title: '{statusText}',
      status: '{status}',
      detail: '{message}',
      'instance?': 'urn:uuid:{requestUuid}',
      'docs?': '{docs}',
      'contact?': '{contact}',
    },
  },
  console: {
    product: { en: 'Palm', ar: 'Palm' },
    language: 'en',
    // "API keys are long-lived credentials".
    suggestedExpiryDays: undefined,
    addressSeparator: 'line',
    revokeWord: 'revoke',
    docsUrl: undefined,
    sample: { method: 'GET', path: '/v1/verifications' },
    words: {
      en: {
        navLabel: 'API keys',
        secretOnce: 'The raw key is returned once. If you lose a key, you’ll need to create a new one.',
        rotateNote: 'Rotate keys periodically: create new keys and deprecate old ones on a regular schedule.',
        live: 'Production',
        test: 'Test',
      },
      ar: {
        navLabel: 'مفاتيح API',
        secretOnce: 'يظهر المفتاح مرة واحدة. إذا فقدته فعليك إنشاء مفتاح جديد.',
        rotateNote: 'دوّر المفاتيح دوريًا: أنشئ مفاتيح جديدة وأوقف القديمة وفق جدول منتظم.',
        live: 'الإنتاج',
        test: 'البيئة التجريبية',
      },
    },
  },
};
