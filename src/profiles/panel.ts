// The hosting panel: Bearer `xyp_` tokens, optional IPv4/IPv6 lists, optional expiry, JSON:API-shaped errors.
import {
  answerInvalidKeys,
  commonErrors,
  commonPolicy,
  type Profile,
  type WireError,
  xRateLimitHeaders,
} from './profile.ts';

const unauthenticated: WireError = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'The API key is missing, invalid, expired or deleted.',
};

export const panel: Profile = {
  id: 'panel',
  source: { kind: 'bearer' },
  // "xyp_" and 40 characters, as in the sample secret_token; one environment only.
  secret: { prefixes: { live: 'xyp_' }, length: 44 },
  policy: {
    ...commonPolicy,
    // "Array of IP addresses (IPv4 or IPv6) … If omitted or empty, the key can be used from any IP address."
    addresses: { mode: 'exact', whenEmpty: 'any' },
    hasExpiry: true,
    // "A description or memo for the API key (maximum 500 characters)": optional.
    name: { min: 0, max: 500 },
    canRotate: false,
    // "clx1a2b3c4d5e6f7g8h9i0j1"
    keyIds: 'cuid',
    // Its three routes under /api/account/api-keys take a key as well as a session.
    selfService: { list: true, create: true, revoke: true },
  },
  dialect: {
    scheme: 'Bearer',
    rateHeaders: xRateLimitHeaders,
    contentType: 'application/json; charset=utf-8',
    errors: { ...commonErrors, ...answerInvalidKeys(unauthenticated) },
    // JSON:API §11: `status` is the HTTP status as a string.
    renderError: (error) =>
      JSON.stringify({ errors: [{ code: error.code, status: String(error.status), detail: error.message }] }),
  },
};
