// The hosting panel: Bearer `xyp_` tokens, optional IPv4/IPv6 lists, optional expiry, JSON:API-shaped errors.
import { z } from 'zod';
import type { ApiKey } from '../domain/api-key.ts';
import { invalidInput, notFound } from '../management/management-error.ts';
import { readInput, readQuery } from './management-input.ts';
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

const unauthenticated: WireError = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'The API key is missing, invalid, expired or deleted.',
};

/** A whole number from 1 to `max`, in digits only: `Number` alone would also read `1e2` and `0x10`. */
function wholeNumber(max: number) {
  const message = `must be a whole number from 1 to ${max}`;
  const digits = z.string().regex(/^[1-9]\d{0,8}$/, message);
  return digits.transform(Number).refine((number) => number <= max, message);
}

/** The last position in the list that a page may reach. The database skips all keys before the page one by one. */
const maxReach = 1_000_000;

/** "The page number to retrieve (minimum: 1). Number of items per page (minimum: 1, maximum: 100)." */
const listQuery = z.object({ page: wholeNumber(maxReach).default(1), limit: wholeNumber(100).default(50) });

const text = z.string('must be a string');

/** An optional field. `null` counts as absent, because JSON libraries write it for a missing value. */
function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const newKey = z.strictObject(
  {
    memo: orNull(text),
    allowedIps: orNull(z.array(text, 'must be a list of IP addresses')),
    expiresAt: orNull(text),
  },
  'must be a JSON object',
);

/** "Retrieve a paginated list of API keys": newest first, without deleted keys. Expired keys stay until deleted. */
async function listKeys({ keys, actor, apiId, query }: ManagementCall): Promise<ManagementAnswer> {
  const { page, limit } = readQuery(listQuery, query);
  if (page * limit > maxReach)
    throw invalidInput('page', `is too far into the list: page × limit may be at most ${maxReach}`);
  const filter = { apiId, isRevoked: false };
  const { items } = await keys.listKeys(actor, filter, { limit, offset: (page - 1) * limit });
  const total = await keys.countKeys(actor, filter);
  const pagination = { page, perPage: limit, total, totalPages: Math.max(1, Math.ceil(total / limit)) };
  return { status: 200, body: { data: items.map(describeKey), pagination } };
}

/** "The secret_token in the meta field is only returned during key creation." */
async function createKey({ keys, actor, apiId, environment, body }: ManagementCall): Promise<ManagementAnswer> {
  const { memo, allowedIps, expiresAt } = readInput(newKey, body);
  const { orgId } = actor;
  const fields = { name: memo, addresses: allowedIps, expiresAt };
  const { key, secret } = await keys.createKey(actor, { apiId, orgId, environment, ...fields });
  return { status: 201, body: { data: describeKey(key), meta: { secret_token: secret } } };
}

/** "API key not found or does not belong to the authenticated user": both get one answer, and so does a deleted key. */
async function deleteKey({ keys, actor, apiId, id }: ManagementCall): Promise<ManagementAnswer> {
  const key = await keys.getKey(actor, id);
  if (key.revokedAtMs !== null || key.apiId !== apiId) throw notFound();
  await keys.revokeKey(actor, id);
  return { status: 200, body: { success: true } };
}

function describeKey({ id, name, restrictions, lastUsedAtMs, createdAtMs }: ApiKey): object {
  return {
    identifier: id,
    description: name,
    allowed_ips: restrictions.addresses,
    last_used_at: lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString(),
    created_at: new Date(createdAtMs).toISOString(),
  };
}

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
      via: 'panel',
      takesSessions: true,
      routes: [
        { method: 'GET', path: '/api/account/api-keys', answer: listKeys },
        { method: 'POST', path: '/api/account/api-keys', answer: createKey },
        { method: 'DELETE', path: '/api/account/api-keys/{id}', answer: deleteKey },
      ],
      fieldNames: { name: 'memo', addresses: 'allowedIps' },
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
