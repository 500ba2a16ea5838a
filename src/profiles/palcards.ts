// PalCards: dealer cards. `x-api-key`, exact IPv4 lists that block when empty, one bare 401 for most denials.
import {
  answerAllReasons,
  commonErrors,
  commonPolicy,
  type Profile,
  type WireError,
  xRateLimitHeaders,
} from './profile.ts';

/**
 * "If the key is missing, wrong, inactive, or the request comes from an IP that is not on the allowlist, the API
 * responds with HTTP 401 Unauthorized." The answer is the same for all of these, so a guess reveals nothing. A path
 * that is not canonical gets the same answer. Only limits and outages get their own.
 */
const unauthorized: WireError = { status: 401, code: '', message: 'Unauthorized' };

/** PalCards. The quoted comments are from the vendor's page. */
export const palcards: Profile = {
  id: 'palcards',
  source: { kind: 'header', header: 'x-api-key' },
  // "The key looks like this (80 characters)": 66 random and 6 of checksum after sk_prod_, 63 and 6 after sk_sandbox_.
  secret: { prefixes: { live: 'sk_prod_', test: 'sk_sandbox_' }, length: 80 },
  policy: {
    ...commonPolicy,
    // "Only exact IPv4 addresses are matched", "A key with an empty allowlist is blocked — every request fails."
    addresses: { mode: 'exact_ipv4', whenEmpty: 'block' },
    // "Required (min. 3 characters)."
    name: { min: 3, max: 200 },
    // "API keys are available on dealer accounts."
    orgKind: 'dealer',
    // "The secret part of a key cannot be regenerated. If a key is lost or leaked, delete it and create a new one."
    canRotate: false,
  },
  isolatesTestData: false,
  dialect: {
    rateHeaders: xRateLimitHeaders,
    sendsRateLimitFields: true,
    contentType: 'application/json; charset=utf-8',
    errors: {
      ...commonErrors,
      ...answerAllReasons(unauthorized),
    },
    body: { statusCode: '{status}', message: '{statusText}' },
  },
  console: {
    product: { en: 'PalCards', ar: 'PalCards' },
    language: 'ar',
    suggestedExpiryDays: undefined,
    // "the public IP address(es) your requests will come from, comma-separated"
    addressSeparator: 'comma',
    // "Deletion is the revoke action; there is no separate "disable"."
    revokeWord: 'delete',
    docsUrl: undefined,
    sample: { method: 'GET', path: '/user/profile' },
    words: {
      en: {
        navLabel: 'API keys',
        createKey: 'Create new key',
        create: 'Create',
        nameLabel: 'Key name',
        nameHint: 'A label so you can recognise it later, e.g. Production server. Required (min. 3 characters).',
        nameExample: 'Production server',
        addressesLabel: 'Allowed IP list',
        addressesHint:
          'The public IP address(es) your requests will come from, comma-separated. Only exact IPv4 addresses are accepted — no ranges / CIDR.',
        addressesEmpty: 'All requests are blocked',
        secretOnce: 'You will not be able to see it again',
        schemeNote: 'Do not use Authorization: Bearer … — that header is for the dashboard, not for API keys.',
        revoke: 'Delete',
        revokeNote: 'Deletion is the revoke action; there is no separate "disable".',
        rotateNote:
          'The secret part of a key cannot be regenerated. If a key is lost or leaked, delete it and create a new one.',
        audienceNote: 'API keys are available on dealer accounts.',
        live: 'Production',
        test: 'Sandbox',
      },
      // The first seven are the vendor's own Arabic, word for word. Its page has no Arabic for the others.
      ar: {
        navLabel: 'مفاتيح API',
        createKey: 'إنشاء مفتاح جديد',
        nameLabel: 'اسم المفتاح',
        addressesLabel: 'قائمة IP المسموحة',
        addressesEmpty: 'جميع الطلبات محظورة',
        create: 'إنشاء',
        secretOnce: 'لن تتمكن من رؤيته مرة أخرى',
        nameHint: 'اسم تتعرّف به على المفتاح لاحقًا، مثل: خادم الإنتاج. مطلوب (3 أحرف على الأقل).',
        nameExample: 'خادم الإنتاج',
        addressesHint:
          'عناوين IP العامة التي ستأتي منها طلباتك، مفصولة بفواصل. تُقبل عناوين IPv4 الكاملة فقط، دون نطاقات أو CIDR.',
        schemeNote: 'لا تستخدم \u2066Authorization: Bearer …\u2069، فهذه الترويسة مخصّصة للوحة التحكم لا لمفاتيح API.',
        revoke: 'حذف',
        revokeNote: 'الحذف هو الإبطال نفسه، ولا يوجد «تعطيل» منفصل.',
        rotateNote: 'لا يمكن إعادة توليد الجزء السري من المفتاح. إذا فُقد المفتاح أو تسرّب فاحذفه وأنشئ مفتاحًا جديدًا.',
        audienceNote: 'مفاتيح API متاحة لحسابات الموزّعين.',
        live: 'الإنتاج',
        test: 'البيئة التجريبية',
      },
    },
  },
};
