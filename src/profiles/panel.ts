// The hosting panel: Bearer `xyp_` tokens, optional IPv4/IPv6 lists, optional expiry, JSON:API-shaped errors.
import {
  answerInvalidKeys,
  commonErrors,
  commonManagementErrors,
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

/** The hosting panel. The quoted comments are from the vendor's page. */
export const panel: Profile = {
  id: 'panel',
  source: { kind: 'bearer' },
  // "xyp_" is from the sample secret_token. Ours has 40 characters after it, one more. There is one environment only.
  secret: { prefixes: { live: 'xyp_' }, length: 44 },
  policy: {
    ...commonPolicy,
    // "Array of IP addresses (IPv4 or IPv6) … If omitted or empty, the key can be used from any IP address."
    addresses: { mode: 'exact', whenEmpty: 'any' },
    hasExpiry: true,
    // "A description or memo for the API key (maximum 500 characters)": optional.
    name: { min: 0, max: 500 },
    canRotate: false,
    // As in the sample: "clx1a2b3c4d5e6f7g8h9i0j1".
    keyIds: 'cuid',
    // The vendor's three routes under /api/account/api-keys accept a key or a session.
    selfService: { list: true, create: true, revoke: true },
  },
  isolatesTestData: false,
  dialect: {
    rateHeaders: xRateLimitHeaders,
    sendsRateLimitFields: true,
    contentType: 'application/json; charset=utf-8',
    errors: { ...commonErrors, ...answerInvalidKeys(unauthenticated) },
    // JSON:API §11: `status` is the HTTP status as a string, and `about` links to further details.
    body: { errors: [{ 'links?': { about: '{docs}' }, code: '{code}', status: '{status:text}', detail: '{message}' }] },
    management: {
      shape: 'panel',
      path: '/api/account/api-keys',
      errors: {
        ...commonManagementErrors,
        not_found: {
          status: 404,
          code: 'NOT_FOUND',
          message: 'API key not found or does not belong to the authenticated user.',
        },
      },
    },
  },
  console: {
    product: { en: 'Hosting panel', ar: 'لوحة الاستضافة' },
    language: 'en',
    suggestedExpiryDays: 90,
    addressSeparator: 'line',
    revokeWord: 'delete',
    docsUrl: undefined,
    sample: { method: 'GET', path: '/api/account/api-keys?page=1&limit=50' },
    words: {
      en: {
        navLabel: 'API Keys',
        createKey: 'Create API Key',
        nameLabel: 'Memo',
        nameHint: 'A description or memo for the API key (maximum 500 characters).',
        nameExample: 'Development API Key',
        addressesLabel: 'Allowed IPs',
        addressesHint: 'IP addresses (IPv4 or IPv6) allowed to use this key.',
        addressesEmpty: 'The key can be used from any IP address',
        secretOnce: 'Make sure to save it securely - you won’t be able to retrieve it again',
        revoke: 'Delete',
      },
      ar: {
        navLabel: 'مفاتيح API',
        createKey: 'إنشاء مفتاح API',
        nameLabel: 'ملاحظة',
        nameHint: 'وصف أو ملاحظة لمفتاح API (500 حرف على الأكثر).',
        nameExample: 'مفتاح بيئة التطوير',
        addressesLabel: 'عناوين IP المسموحة',
        addressesHint: 'عناوين IP (IPv4 أو IPv6) المسموح لها باستخدام هذا المفتاح.',
        addressesEmpty: 'يمكن استخدام المفتاح من أي عنوان IP',
        secretOnce: 'احفظه في مكان آمن، فلن تتمكن من استرجاعه مرة أخرى',
        revoke: 'حذف',
      },
    },
  },
};
