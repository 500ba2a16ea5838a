// The classic API: Bearer `sk_live_` / `sk_test_`, keys restricted by address, referrer and endpoint.
import {
  answerInvalidKeys,
  commonErrors,
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
    // "Key Management": listing and revoking, no creating.
    selfService: { list: true, create: false, revoke: true },
  },
  dialect: {
    scheme: 'Bearer',
    rateHeaders: xRateLimitHeaders,
    contentType: 'application/json; charset=utf-8',
    errors: { ...commonErrors, ...answerInvalidKeys(invalid), credential_missing: missing },
    renderError: (error) => JSON.stringify({ success: false, error: { code: error.code, message: error.message } }),
  },
};
