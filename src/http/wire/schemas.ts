// The requests and replies of the admin API, as schemas. The OpenAPI document is generated from them.
import { z } from '@hono/zod-openapi';
import type { AuditStart } from '../../audit/ports.ts';
import type { StoredDenial } from '../../denials/ports.ts';
import type { Annotations } from '../../domain/annotations.ts';
import { type ApiKey, addressChecks, environments, keyStatus, type Organization } from '../../domain/api-key.ts';
import { type AuditRecord, auditParts } from '../../domain/audit-record.ts';
import type { KeyTemplate } from '../../domain/protected-api.ts';
import { formatRateLimit, limitWindows } from '../../domain/rate-limit.ts';
import { type StatusClass, statusClasses } from '../../domain/use.ts';
import { reasons } from '../../domain/verdict.ts';
import { nodeStates, reloadOutcomes } from '../../management/installation-ports.ts';
import { maxAddressDays } from '../../management/keys/addresses.ts';
import type { NamedSecret, UsedAddresses } from '../../management/keys/commands.ts';
import { type DeletedOrganization, formatGrants } from '../../management/organizations.ts';
import { untilEndedMs } from '../../management/ports.ts';
import { type Gates, maskIn } from './mask.ts';
import { problemCodes } from './problem.ts';

const instant = z.string().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.000Z' });
const environment = z.enum(environments);

const settingNames = z.array(z.string()).openapi({
  description: 'Settings by their names in the file, without their values',
  example: ['apis[acme].upstream'],
});

const digest = z.string().openapi({ example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' });

/** A node in a reload of the configuration. */
export const reloadedNodeSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    isThis: z.boolean(),
    outcome: z.enum(reloadOutcomes).openapi({
      description:
        'ready: its file is valid, and nothing has changed; changed: it uses the new configuration; unchanged: nothing differed; refused: its file has faults; failed: it could not change; silent: it did not answer in time; gone: it left meanwhile',
    }),
    before: digest.optional().openapi({ description: 'The digest of the configuration before' }),
    after: digest.optional().openapi({ description: 'The digest of the configuration of its file' }),
    changed: settingNames.optional(),
    needRestart: settingNames.optional(),
    faults: z
      .array(
        z.object({
          place: z.string().openapi({ example: 'miftah.yaml:12' }),
          setting: z.string().openapi({ example: 'apis[0].profile' }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .openapi('ReloadedNode');

/** A problem (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(problemCodes),
    field: z.string().optional().openapi({ example: 'addresses[1]' }),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
    organizations: z
      .array(z.object({ id: z.string(), name: z.string() }))
      .optional()
      .openapi({ description: 'For `last_owner` at a deletion: up to 3 organizations that would have no owner' }),
    nodes: z
      .array(reloadedNodeSchema)
      .optional()
      .openapi({ description: 'For a reload of the configuration: the nodes, and how each took part' }),
  })
  .openapi('Problem');

const grantedToOrg = 'By API, the rate limits that the operator granted to its keys instead of those of the policy';

const tagsOut = z.array(z.string()).openapi({ description: 'Words to find it by', example: ['eu', 'billing'] });
const metadataOut = z.record(z.string(), z.string()).openapi({
  description: 'Facts about it by name. `forwardMetadata` of an API sends named ones to the upstream',
  example: { plan: 'gold' },
});
const externalIdOut = (unique: string) =>
  z
    .string()
    .nullable()
    .openapi({ description: `Its id in the vendor's own system. ${unique}`, example: 'cus_42' });

/** The input of tags, metadata and external id. */
const annotationFields = {
  tags: z
    .array(z.string())
    .optional()
    .openapi({
      description:
        'At most 20, of 1 to 40 characters without comma and semicolon, stored in lower case. Replaces those before',
      example: ['eu', 'billing'],
    }),
  metadata: z
    .record(z.string(), z.string().nullable())
    .optional()
    .openapi({
      description:
        'At most 20 names of lower-case letters, digits, `_` and `-`, with values of 1 to 200 characters; 2,048 bytes as JSON. Omitted names keep their values; null removes a name',
      example: { plan: 'gold' },
    }),
  externalId: z.string().nullable().optional().openapi({
    description: '1 to 128 visible ASCII characters; null removes it. For operators',
    example: 'cus_42',
  }),
};

/** An organization in replies. */
export const orgSchema = z
  .object({
    id: z.string().openapi({ example: 'org_4Wc1bXnE0kQxv9TzJr2s' }),
    name: z.string(),
    kind: z.string().openapi({ description: 'The first of its kinds', example: 'dealer' }),
    kinds: z.array(z.string()).openapi({
      description: 'Its kinds. Some APIs issue keys to one kind only',
      example: ['dealer', 'school'],
    }),
    status: z.enum(['active', 'suspended']).openapi({ description: 'suspended: all its keys are refused' }),
    suspendedApis: z.array(z.string()).openapi({
      description: 'Ids of the APIs for which it is suspended: its keys of these are refused',
      example: ['palcards'],
    }),
    grantedLimits: z
      .record(z.string(), z.array(z.string()))
      .openapi({ description: grantedToOrg, example: { classic: ['600/m'] } }),
    tags: tagsOut,
    metadata: metadataOut,
    externalId: externalIdOut('No other organization has it'),
    createdAt: instant,
  })
  .openapi('Organization');

const entriesKept = z.int().openapi({
  description: 'Audit records of an older Miftah that keep their content, because their hashes cover it',
});

/** A deleted organization in replies. */
export const deletedOrgSchema = z
  .object({
    id: z.string(),
    deletedAt: instant,
    keysRevoked: z.int().openapi({ description: 'Keys that this call revoked; 0 if it was deleted before' }),
    withoutOrganization: z
      .array(z.object({ id: z.string(), email: z.string() }))
      .openapi({ description: 'Its members who are in no other organization. Their accounts remain' }),
    entriesKept,
    isErasing: z.boolean().openapi({
      description: 'Whether the erasure of its content goes on after this reply. It finishes by itself',
    }),
  })
  .openapi('DeletedOrganization');

/** A person in replies of the admin API. */
export const accountSchema = z
  .object({ id: z.string().openapi({ example: 'per_4Wc1bXnE0kQxv9TzJr2s' }), name: z.string(), email: z.string() })
  .openapi('Account');

/** A deleted person in replies. */
export const deletedPersonSchema = z.object({ id: z.string(), entriesKept }).openapi('DeletedPerson');

const kindsInput = z
  .array(z.string())
  .optional()
  .openapi({ description: 'Several kinds, instead of `kind`. Replaces those before', example: ['dealer', 'school'] });

export const newOrgSchema = z
  .strictObject({ name: z.string(), kind: z.string().optional(), kinds: kindsInput, ...annotationFields })
  .openapi('NewOrganization');

/** Absent fields keep their values. */
export const orgUpdateSchema = z
  .strictObject({
    name: z.string().optional(),
    kind: z.string().optional(),
    kinds: kindsInput,
    grantedLimits: z
      .record(z.string().max(40), z.array(z.string()))
      .optional()
      .openapi({
        description: `${grantedToOrg}. An empty list removes the grant; omitted APIs keep theirs`,
        example: { classic: ['600/m'] },
      }),
    ...annotationFields,
  })
  .openapi('OrganizationUpdate');

const bothLanguages = z.object({ en: z.string(), ar: z.string() });
const preset = z.array(z.string()).optional();

/** A template of a policy in replies. */
export const templateSchema = z
  .object({
    id: z.string().openapi({ example: 'read-only' }),
    name: bothLanguages,
    description: bothLanguages.optional(),
    addresses: preset,
    referrers: preset,
    endpoints: preset,
    scopes: preset,
    rateLimits: preset,
    expiresInDays: z.int().optional(),
  })
  .openapi('KeyTemplate', { description: 'Presets for new keys. It sets the fields that it has' });

/** The template as the wire shows it. */
export function toTemplate(template: KeyTemplate): z.infer<typeof templateSchema> {
  const { addresses, referrers, endpoints, scopes, rateLimits } = template;
  return {
    ...template,
    addresses: addresses && [...addresses],
    referrers: referrers && [...referrers],
    endpoints: endpoints && [...endpoints],
    scopes: scopes && [...scopes],
    rateLimits: rateLimits?.map(formatRateLimit),
  };
}

const addressCheck = z.enum(addressChecks).openapi({
  description:
    'What the list of addresses does. `enforce` refuses other addresses. `report` refuses no one, and shows the addresses that the list lacks',
});

/** A key in replies, without its secret. */
export const keySchema = z
  .object({
    id: z.string().openapi({ example: 'key_4Wc1bXnE0kQxv9TzJr2s' }),
    name: z.string(),
    api: z.string().openapi({ example: 'classic' }),
    org: z.string(),
    environment,
    masked: z.string().openapi({ example: 'sk_live_1a2b…9f3c' }),
    status: z.enum(['active', 'disabled', 'expired', 'revoked']),
    addresses: z.array(z.string()).openapi({ example: ['203.0.113.7'] }),
    addressCheck,
    referrers: z.array(z.string()),
    endpoints: z.array(z.string()).openapi({ example: ['GET /v1/users/*'] }),
    scopes: z.array(z.string()),
    rateLimits: z
      .array(z.string())
      .openapi({ description: 'Its own rate limits, which apply in addition to the granted ones', example: ['60/m'] }),
    grantedLimits: z
      .array(z.string())
      .nullable()
      .openapi({
        description:
          'The rate limits that the operator granted to this key; null: those of its organization or API apply',
        example: ['600/m'],
      }),
    tags: tagsOut,
    metadata: metadataOut,
    externalId: externalIdOut('No other key of the API has it, except revoked ones'),
    createdAt: instant,
    secretCreatedAt: instant.openapi({
      description: 'When the current secret was made: at the creation, or at the last rotation',
    }),
    updatedAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    disabledAt: instant.nullable(),
    lastUsedAt: instant.nullable(),
    lastUsedAddress: z.string().nullable(),
    revision: z.int(),
  })
  .openapi('Key');

/** The reply that shows a new secret once. */
export const keyWithSecretSchema = keySchema
  .extend({ secret: z.string().openapi({ description: 'Shown only once; the server does not store it.' }) })
  .openapi('KeyWithSecret');

const texts = z.array(z.string()).optional();

const keyFields = {
  name: z.string().optional(),
  addresses: texts,
  addressCheck: addressCheck.optional(),
  referrers: texts,
  endpoints: texts,
  scopes: texts,
  rateLimits: texts.openapi({
    description:
      'From the operator, they also set the grant of the key, and an empty list removes the grant. From a member, they may only tighten the grant',
    example: ['60/m'],
  }),
  expiresAt: z.string().nullable().optional(),
  ...annotationFields,
};

/** The input of a new key. */
export const newKeySchema = z
  .strictObject({
    api: z.string(),
    org: z.string(),
    environment: environment.optional(),
    template: z.string().max(100).optional().openapi({
      description:
        'A template of the policy. It sets the fields that the request omits, within what the sender may set',
      example: 'read-only',
    }),
    ...keyFields,
  })
  .openapi('NewKey');

/** Absent fields keep their values; a list replaces the stored list. */
export const keyUpdateSchema = z.strictObject(keyFields).openapi('KeyUpdate');

/** The input of a rotation. `overlap` is a duration such as `24h`; absent: the default. */
export const rotationSchema = z
  .strictObject({ overlap: z.string().optional().openapi({ example: '24h' }) })
  .openapi('Rotation');

export const transferSchema = z
  .strictObject({ org: z.string().max(200).openapi({ description: 'The new organization of the key' }) })
  .openapi('Transfer');

/** A secret of a key in replies: masked, with its end and its use. */
export const secretSchema = z
  .object({
    id: z.string().openapi({ example: 'sec_9f86d081884c7d65' }),
    masked: z.string().openapi({ example: 'sk_live_1a2b…9f3c' }),
    createdAt: instant,
    status: z.enum(['in_force', 'superseded', 'ended']).openapi({
      description:
        '`superseded`: an old secret that still works. If the key itself is refused, all of its secrets are refused.',
    }),
    endsAt: instant
      .nullable()
      .openapi({ description: 'When it expires; null: not until it is replaced, or ended by hand' }),
    useCount: z.int().openapi({ description: 'Requests with this secret after it was superseded' }),
    lastUsedAt: instant.nullable().openapi({ description: 'The last of these requests' }),
    lastUsedAddress: z.string().nullable(),
  })
  .openapi('Secret');

/** Where a key was used from, in replies. */
export const keyAddressesSchema = z
  .object({
    data: z.array(
      z.object({
        address: z.string().openapi({ description: 'An IPv4 address, or the /64 network of an IPv6 address' }),
        count: z.int().openapi({ description: 'All requests from there' }),
        refused: z.int().openapi({ description: 'Those of them that were refused, for any reason' }),
        firstHour: instant.openapi({ description: 'The start of the first hour' }),
        lastHour: instant.openapi({ description: 'The start of the last hour' }),
        isOnList: z.boolean().openapi({
          description:
            'Whether the list of the key has it. An empty list has none, even if the key works from everywhere',
        }),
        canBeListed: z.boolean().openapi({ description: 'Whether lists of this API can have it' }),
      }),
    ),
    from: instant,
    unlisted: z.int().openapi({ description: 'How many more addresses there are than the answer has' }),
    beyond: z.object({ count: z.int(), refused: z.int() }).openapi({
      description: 'Requests from addresses that were too many in their hour to be kept one by one',
    }),
  })
  .openapi('KeyAddresses');

/** The query of the addresses of a key. */
export const keyAddressesQuery = z.object({
  days: z
    .string()
    .regex(/^[1-9]\d?$/, `must be a whole number of days from 1 to ${maxAddressDays}`)
    .default('30')
    .transform(Number)
    .openapi({ type: 'integer', example: 30, description: `How far back, 1 to ${maxAddressDays} days. Default 30` }),
});

/** The input that finds a key by a secret. */
export const keyFindSchema = z
  .strictObject({
    digest: z.string().max(200).openapi({
      description: 'SHA-256 or SHA-512 of the whole secret, in hex or base64. The secret itself is not sent',
      example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    }),
  })
  .openapi('KeyFind');

/** A key, and which of its secrets was looked for. */
export const foundKeySchema = keySchema
  .extend({ foundSecret: secretSchema.openapi({ description: 'The secret that has this digest' }) })
  .openapi('FoundKey');

/** The input that changes when a superseded secret expires. */
export const secretEndSchema = z
  .strictObject({
    endsIn: z.string().openapi({
      description: 'When it expires: `now`, a duration of at most 30 days such as `7d`, or `until_ended`',
      example: 'now',
    }),
  })
  .openapi('SecretEnd');

/** The body of `/v1/verify`. */
export const verifyRequestSchema = z
  .strictObject({
    api: z.string().openapi({ description: 'The id of the API that the request is for.', example: 'classic' }),
    secret: z.string().optional().openapi({
      description:
        'The secret of the request, if `headers` is absent. Miftah reads it as if it came in the place where the API takes keys.',
    }),
    headers: z
      .union([
        z.record(z.string(), z.string()).openapi({ description: 'Names and values.' }),
        z
          .array(z.tuple([z.string(), z.string()]).openapi({ description: 'A name and its value.' }))
          .openapi({ description: 'Names and values in their original order, including repeated headers.' }),
      ])
      .optional()
      .openapi({
        description:
          'The headers of the request. Miftah reads the credential, Referer, Origin and Access-Control-Request-* from them. Required if the API takes keys in the query and `secret` is absent: 400 without them.',
      }),
    method: z
      .string()
      .regex(/^[A-Z]{1,20}$/, 'must be a method in capitals, such as GET')
      .optional()
      .openapi({
        description:
          'The method as the client sent it. Required if the API has scope rules or the key has endpoints: 400 without it.',
        example: 'GET',
      }),
    path: z.string().startsWith('/', 'must begin with /').optional().openapi({
      description:
        'The request target as the client sent it, not rewritten. Miftah reads the query only if the API takes keys there. Required if the API has scope rules, the key has endpoints, or the API takes keys in the query and `secret` is absent: 400 without it.',
      example: '/v1/users/usr_123',
    }),
    clientIp: z.string().optional().openapi({
      description: 'The client address, without a port. Without it, a key with an address list is refused.',
      example: '203.0.113.7',
    }),
    referrer: z.string().optional().openapi({
      description: 'The Referer of the request, if `headers` is absent. Without it, a key with referrers is refused.',
    }),
    environment: z
      .enum([...environments, 'any'])
      .optional()
      .openapi({
        description:
          'The environment of the host that got the request; keys of the other environment are refused. `any`: the host serves both, and `key.environment` of the verdict shows which one. Required if hosts of the API are bound to an environment: 400 without it. Default otherwise: `any`.',
      }),
    scopes: texts.openapi({
      description: 'Scopes that the route requires in addition to those of the policy. Default: none.',
    }),
    explain: z.boolean().optional().openapi({
      description: 'Return every check; count and record nothing. Default: false.',
    }),
    minRevision: z.string().max(40).optional().openapi({
      description:
        '`X-Miftah-Revision` of a change. The decision applies this change or a newer one, or is `unavailable`. Default: the decision applies every change that has returned.',
      example: '42-9f86d081',
    }),
  })
  .openapi('VerifyRequest');

export type VerifyRequest = z.infer<typeof verifyRequestSchema>;

const headersByName = z.record(z.string(), z.string());

/** The reply of `/v1/verify`. A denial is a reply, not an error. */
export const verifyReplySchema = z
  .object({
    verdict: z.enum(['allowed', 'refused', 'answered']).openapi({
      description:
        'Whether the request is allowed. `answered`: Miftah answers it itself, without a decision, such as the preflight of a browser; send `reply` and nothing else.',
    }),
    reason: z.enum(reasons).optional().openapi({ description: 'Why the request was refused; only if it was refused.' }),
    key: z
      .object({
        id: z.string().openapi({ description: 'The id of the key.' }),
        org: z.string().openapi({ description: 'The organization that owns the key.' }),
        api: z.string().openapi({ description: 'The API that the key is for.' }),
        environment: environment.openapi({ description: 'The environment of the key.' }),
        scopes: z.array(z.string()).openapi({ description: 'The scopes of the key; `*` stands for all scopes.' }),
        metadata: z.record(z.string(), z.string()).optional().openapi({
          description:
            'The metadata that `forwardMetadata` of the API names: of the key, else of its organization. Absent: none.',
        }),
      })
      .nullable()
      .openapi({
        description:
          'The key of the request; null if no key of this API has the secret, or if the path is public and needs no key. Do not pass it to the client, which must see only `reply`.',
      }),
    rate: z
      .object({
        limit: z.int().openapi({ description: 'Requests per window.' }),
        remaining: z.int().openapi({ description: 'Requests left in this window.' }),
        reset: z.int().openapi({
          description: 'In Unix seconds: the end of a fixed window; with sliding windows, when `remaining` next grows.',
        }),
        windows: z
          .enum(limitWindows)
          .optional()
          .openapi({ description: 'The windows that are in force. Only in explanations.' }),
      })
      .nullable()
      .openapi({ description: 'The tightest limit that counted this request; null if no limit applies.' }),
    reply: z
      .object({
        status: z.int().optional().openapi({ description: 'The status to send; absent if the request is allowed.' }),
        headers: headersByName.openapi({
          description:
            'Headers to send. For an allowed request, add them to your own reply: append to `Vary`, set `Cache-Control` if you have none, and replace other headers of the same name.',
        }),
        body: z.string().optional().openapi({ description: 'The body to send; absent if the request is allowed.' }),
      })
      .optional()
      .openapi({
        description:
          'The reply for the client, in the dialect of the API: the headers of an allowed request, the whole reply of any other. Absent in the explanation of an allowed request.',
      }),
    forward: z
      .object({
        headers: headersByName.openapi({
          description:
            '`X-Miftah-*` and `X-Request-Id`, as the proxy sends them. Before you set them, remove those that the client sent, in every spelling.',
        }),
      })
      .optional()
      .openapi({ description: 'The headers to send to the upstream; present only for an allowed request.' }),
    checks: z
      .array(
        z
          .object({
            name: z.string().openapi({ description: 'The name of the check.' }),
            outcome: z.enum(['passed', 'refused', 'not_reached']).openapi({
              description: '`not_reached`: an earlier check failed, and this check depends on it.',
            }),
            reason: z
              .enum(reasons)
              .optional()
              .openapi({ description: 'Why this check refuses the request; only if it does.' }),
          })
          .openapi({ description: 'A check and its outcome.' }),
      )
      .optional()
      .openapi({ description: 'All checks in order; only in an explanation.' }),
  })
  .openapi('VerifyReply');

export type VerifyReply = z.infer<typeof verifyReplySchema>;

/** Similar denials of one hour, counted together. */
export const denialSchema = z
  .object({
    reason: z.enum(reasons),
    clientAddress: z.string().nullable(),
    keyId: z.string().nullable(),
    api: z.string(),
    org: z.string().nullable(),
    firstAt: instant,
    lastAt: instant,
    count: z.int(),
    method: z.string(),
    path: z.string(),
    fix: z.string(),
  })
  .openapi('Denial');

const statusCount = z.int();

/** The numbers of every answer about usage. */
export const usageCounts = {
  count: z.int(),
  billed: z.int().openapi({
    description: 'Those that are billed by the policy of their API at the time of the request',
  }),
  weight: z.int().openapi({
    description: 'Units: 1 for each request, unless the policy of its API gave its endpoint another weight',
  }),
  billedWeight: z.int().openapi({ description: 'The units of the billed requests' }),
  statuses: z
    .object(
      Object.fromEntries(statusClasses.map((each) => [each, statusCount])) as Record<StatusClass, typeof statusCount>,
    )
    .openapi('StatusCounts', {
      description:
        "Allowed requests by the status class of the upstream's reply. none: no reply of the upstream; unknown: Miftah did not see the reply, as with POST /v1/verify",
    }),
};

/** From when usage is kept. Both answers about usage have it, because a sum without a removed hour looks complete. */
export const keptFrom = z.string().nullable().openapi({
  format: 'date-time',
  description: 'Requests before this instant are no longer stored, and no sum has them. `null`: none were removed.',
});

/** Both answers about the audit log have it, because a log without its beginning looks complete. */
export const auditStart = {
  keptFrom: z.string().nullable().openapi({
    format: 'date-time',
    description: 'Records before this instant have left the database. `null`: none have.',
  }),
  isOlderArchived: z.boolean().openapi({ description: 'Whether an archive has the records before `keptFrom`' }),
};

/** The start of the log as the wire shows it. */
export function toAuditStart(start: AuditStart | null) {
  return start === null
    ? { keptFrom: null, isOlderArchived: false }
    : { keptFrom: toInstant(start.keptFromMs), isOlderArchived: start.isOlderArchived };
}

const auditState = z
  .record(z.string(), z.unknown())
  .nullable()
  .openapi({ type: ['object', 'null'], additionalProperties: true });

/** A change in the audit log, with the hash that chains it to the previous one. */
export const auditSchema = z
  .object({
    seq: z.int().openapi({ description: 'Numbers start at 1 and have no gaps' }),
    at: instant,
    actor: z.object({
      kind: z.enum(['operator', 'member', 'key', 'system']),
      id: z.string().nullable(),
      label: z.string().nullable().openapi({ description: 'null: erased, with the person' }),
    }),
    via: z.string().openapi({ example: 'admin_api' }),
    address: z.string().nullable(),
    requestId: z.string().nullable(),
    action: z.string().openapi({ example: 'key.created' }),
    target: z.object({ kind: z.string(), id: z.string() }),
    org: z.string().nullable(),
    before: auditState,
    after: auditState,
    erased: z.array(z.enum(auditParts)).openapi({
      description:
        'The parts that a deletion erased: `author` (`actor.label` and `address`), `state` (`before` and `after`)',
    }),
    previousHash: z.string(),
    hash: z.string().openapi({ description: 'SHA-256 over the previous hash and the record' }),
  })
  .openapi('AuditRecord');

/** The schema of one page of `items`, as every list route answers it. */
export function pageOf<Item extends z.ZodType>(items: Item) {
  return z.object({ data: z.array(items), nextCursor: z.string().nullable() });
}

/** Filters by tag, metadata and external id. */
const annotationFilters = {
  tag: z.string().min(1).max(100).optional().openapi({ description: 'Only with this tag' }),
  metadata: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}=.{1,400}$/su, 'must be a name and a value, such as plan=gold')
    .transform((text) => {
      const at = text.indexOf('=');
      return { name: text.slice(0, at), value: text.slice(at + 1).normalize('NFC') };
    })
    .optional()
    .openapi({ type: 'string', description: 'Only with this value of this metadata', example: 'plan=gold' }),
  externalId: z.string().min(1).max(200).optional().openapi({ description: 'Only with this external id' }),
};

const filter = (description: string) => z.string().min(1).max(100).optional().openapi({ description });

const ofOrg = filter('Only for this organization');
const ofApi = filter('Only for this API');
const ofKey = filter('Only for this key');

/** The query parameter that continues a list. */
export const cursorParam = z
  .string()
  .max(200)
  .optional()
  .openapi({ description: '`nextCursor` of the previous page; absent: the first page' });

/** The query of every list route. `limit` is digits only: `Number` alone would also read `1e1` and `0x10`. */
const pageQuery = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .refine((limit) => limit <= 100, 'must be at most 100')
    .optional()
    .openapi({ type: 'integer', minimum: 1, maximum: 100, default: 50, description: 'Items on the page' }),
  cursor: cursorParam,
};

/** Items on a page if the query has no `limit`. */
export const defaultLimit = 50;

/** The query of a list without filters. */
export const plainListQuery = z.strictObject(pageQuery);

export const orgListQuery = z.strictObject({
  search: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Part of the name, the whole id, or a whole tag or external id' }),
  ...annotationFilters,
  ...pageQuery,
});

/** A number of days in a query: digits only, like `limit`. */
export const days = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, 'must be a whole number of days from 1 to 3650')
  .transform(Number)
  .refine((count) => count <= 3650, 'must be at most 3650')
  .optional();

export const keyListQuery = z.strictObject({
  api: ofApi,
  org: ofOrg,
  environment: environment.optional().openapi({ description: 'Only for this environment' }),
  status: z
    .enum(['active', 'disabled', 'expired', 'revoked'])
    .optional()
    .openapi({ description: 'Only with this current status' }),
  search: filter(
    'Part of the name, the whole id, a whole tag or external id, a whole entry of a list such as an address, or the masked secret: whole, or its prefix, first or last 4 characters',
  ),
  ...annotationFilters,
  secretAgeDays: days.openapi({
    type: 'integer',
    description: 'Active keys whose secret is at least this many days old',
  }),
  ...pageQuery,
});

export const denialListQuery = z.strictObject({ org: ofOrg, api: ofApi, key: ofKey, ...pageQuery });

export const usageQuery = z.strictObject({
  org: ofOrg,
  api: ofApi,
  key: ofKey,
  from: instant.optional().openapi({ description: 'From the hour of this instant on; default: 24 hours before `to`' }),
  to: instant.optional().openapi({ description: 'Up to the end of the hour before this instant; default: now' }),
});

export const personListQuery = z.strictObject({
  email: z.string().min(1).max(254).optional().openapi({ description: 'Only the person with this address' }),
  ...pageQuery,
});

export const auditListQuery = z.strictObject({
  org: filter('Only changes in this organization'),
  target: filter('The id of the changed record'),
  actor: filter('The id of the person, key or token that made the change'),
  action: filter('The whole action, or its first part: `key` for all of `key.…`'),
  ...pageQuery,
});

const id = z.string().max(200);

/** The path parameter `id`. */
export const idParam = z.object({ id: id.openapi({ description: 'Its id' }) });

/** The path parameters of a secret. */
export const secretParams = z.object({
  id: id.openapi({ description: 'The id of the key' }),
  secretId: id.openapi({ description: 'The id of the secret, from listSecrets' }),
});

/** The organization as the wire shows it. */
export function toOrg(organization: Organization): z.infer<typeof orgSchema> {
  const { id, name, kinds, status, suspendedApis, grantedLimits, createdAtMs } = organization;
  const [kind = ''] = kinds;
  const shown = { id, name, kind, kinds: [...kinds], status, suspendedApis: [...suspendedApis] };
  return {
    ...shown,
    grantedLimits: formatGrants(grantedLimits),
    ...toAnnotations(organization),
    createdAt: toInstant(createdAtMs),
  };
}

function toAnnotations({ tags, metadata, externalId }: Annotations) {
  return { tags: [...tags], metadata: { ...metadata }, externalId };
}

/** The deleted organization as the wire shows it. */
export function toDeletedOrg({ deletedAtMs, ...deleted }: DeletedOrganization): z.infer<typeof deletedOrgSchema> {
  return { ...deleted, withoutOrganization: [...deleted.withoutOrganization], deletedAt: toInstant(deletedAtMs) };
}

/** The key as the wire shows it. `nowMs` decides whether it has expired, `gates` how its secret is masked. */
export function toKey(key: ApiKey, nowMs: number, gates: Gates): z.infer<typeof keySchema> {
  const { addresses, referrers, endpoints, scopes } = key.restrictions;
  return {
    id: key.id,
    name: key.name,
    api: key.apiId,
    org: key.orgId,
    environment: key.environment,
    masked: maskIn(gates, key),
    status: keyStatus(key, nowMs),
    addresses: [...addresses],
    addressCheck: key.restrictions.addressCheck ?? 'enforce',
    referrers: [...referrers],
    endpoints: [...endpoints],
    scopes: [...scopes],
    rateLimits: key.rateLimits.map(formatRateLimit),
    grantedLimits: key.grantedLimits?.map(formatRateLimit) ?? null,
    ...toAnnotations(key),
    createdAt: toInstant(key.createdAtMs),
    secretCreatedAt: toInstant(key.secretCreatedAtMs),
    updatedAt: toInstant(key.updatedAtMs),
    expiresAt: toInstantOrNull(key.expiresAtMs),
    revokedAt: toInstantOrNull(key.revokedAtMs),
    disabledAt: toInstantOrNull(key.disabledAtMs),
    lastUsedAt: toInstantOrNull(key.lastUsedAtMs),
    lastUsedAddress: key.lastUsedAddress,
    revision: key.revision,
  };
}

/** The secret as the wire shows it: masked. `nowMs` decides whether it has ended. */
export function toSecret(secret: NamedSecret, nowMs: number): z.infer<typeof secretSchema> {
  const { id, masked, createdAtMs, endsAtMs, useCount, lastUsedAtMs, lastUsedAddress } = secret;
  const superseded = (endsAtMs ?? 0) > nowMs ? 'superseded' : 'ended';
  return {
    id,
    masked,
    createdAt: toInstant(createdAtMs),
    status: endsAtMs === null ? 'in_force' : superseded,
    endsAt: endsAtMs === untilEndedMs ? null : toInstantOrNull(endsAtMs),
    useCount,
    lastUsedAt: toInstantOrNull(lastUsedAtMs),
    lastUsedAddress,
  };
}

/** The addresses of a key as the wire shows them. */
export function toKeyAddresses({ addresses, fromMs, ...rest }: UsedAddresses): z.infer<typeof keyAddressesSchema> {
  return {
    data: addresses.map(({ firstHourMs, lastHourMs, ...used }) => ({
      ...used,
      firstHour: toInstant(firstHourMs),
      lastHour: toInstant(lastHourMs),
    })),
    from: toInstant(fromMs),
    ...rest,
  };
}

/** The audit record as the wire shows it. */
export function toAudit({ atMs, orgId, seals, ...record }: AuditRecord): z.infer<typeof auditSchema> {
  const erased = seals === null ? [] : auditParts.filter((part) => 'digest' in seals[part]);
  return { ...record, at: toInstant(atMs), org: orgId, erased };
}

/** The denial as the wire shows it. `fix` is a sentence in English. */
export function toDenial(denial: StoredDenial, fix: string): z.infer<typeof denialSchema> {
  const { reason, clientAddress, keyId, apiId, orgId, firstAtMs, lastAtMs, count, method, path } = denial;
  return {
    reason,
    clientAddress,
    keyId,
    api: apiId,
    org: orgId,
    firstAt: toInstant(firstAtMs),
    lastAt: toInstant(lastAtMs),
    count,
    method,
    path,
    fix,
  };
}

/** Epoch milliseconds as ISO 8601 in UTC with milliseconds. Throws a `RangeError` beyond the range of `Date`. */
export function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}

export function toInstantOrNull(ms: number | null): string | null {
  return ms === null ? null : toInstant(ms);
}

/** A node that shares the database. */
export const nodeSchema = z
  .object({
    id: z.string().openapi({ example: 'web-1-5c1e0b6f9a3d2e47' }),
    name: z.string().openapi({ example: 'web-1', description: 'The host of the node' }),
    isThis: z.boolean().openapi({ description: 'Whether this node answered the request' }),
    revision: z.int().nullable().openapi({
      description: 'The newest change that the node has applied; null for a single node, which always has all changes',
    }),
    seenMsAgo: z.int().openapi({
      description: 'Time since the node last renewed its lease; a healthy node renews it four times a second',
    }),
    state: z.enum(nodeStates).openapi({
      description:
        'leased: it decides from its cache; may_serve_cached: its lease has expired, and it may continue without the database (`onStoreOutage`); stale: its lease has expired, and it asks the database for each decision or is gone. Records of gone nodes are removed within about 10 s.',
    }),
    configuration: z.string().nullable().openapi({
      description:
        'The digest of the configuration that the node uses. It covers what must be alike on all nodes. null: the node runs an older version',
    }),
  })
  .openapi('Node');
