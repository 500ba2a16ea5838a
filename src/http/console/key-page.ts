// The routes of a key's page: its recent activity, a trial request, and the callers that a change would affect.

import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { chooseFix } from '../../denials/choose-fix.ts';
import type { DenialStore } from '../../denials/ports.ts';
import { canonicalAddress, isOnAllowlist } from '../../domain/address.ts';
import { addressesOf } from '../../domain/address-check.ts';
import { type ApiKey, environments, keyStatus } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs } from '../../domain/durations.ts';
import type { Policy } from '../../domain/protected-api.ts';
import type { RequestFacts } from '../../domain/request-facts.ts';
import { reasons } from '../../domain/verdict.ts';
import { parseInstant } from '../../management/instant.ts';
import { type CheckedKeyFields, checkKeyFields } from '../../management/key-input.ts';
import type { KeyCommands, NamedSecret } from '../../management/keys/commands.ts';
import { invalidInput, ManagementError } from '../../management/management-error.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import type { UsageStore } from '../../metering/ports.ts';
import type { Gate } from '../../profiles/gate.ts';
import { renderProblem } from '../../profiles/reply.ts';
import { failures, jsonBody, jsonReply } from '../wire/route.ts';
import { keyAddressesQuery, keyAddressesSchema, keyUpdateSchema, toInstant, toKeyAddresses } from '../wire/schemas.ts';
import { fixSchema, orgDenialSchema, showDenials, viewFor } from './denials.ts';
import type { Freshness } from './freshness.ts';
import { keyInOrg, openKey } from './keys.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the routes of a key's page need. */
export interface KeyPageParts {
  readonly sessions: Sessions;
  readonly keys: KeyCommands;
  readonly store: Pick<OverviewStore, 'findKeys'>;
  readonly denialStore: Pick<DenialStore, 'listDenials'>;
  readonly usageStore: Pick<UsageStore, 'listUsage'>;
  readonly gates: ReadonlyMap<string, Gate>;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

const keyPath = '/api/orgs/{org}/keys/{id}';
const lastUseSchema = z.object({ at: z.string(), address: z.string().nullable() });

const activitySchema = z
  .object({
    lastUse: lastUseSchema.nullable().openapi({
      description: 'The last allowed request after `since`, without requests that used a superseded secret',
    }),
    denial: orgDenialSchema.nullable().openapi({ description: 'The newest denial after `since`' }),
  })
  .openapi('KeyActivity');

const getActivity = createRoute({
  method: 'get',
  path: `${keyPath}/activity`,
  operationId: 'getOrgKeyActivity',
  request: {
    params: keyInOrg,
    query: z.strictObject({ since: z.string().max(40).optional().openapi({ format: 'date-time' }) }),
  },
  responses: {
    200: jsonReply('Whether the key is in use; clients may poll this every second', activitySchema),
    ...failures,
  },
});

const trialSchema = z
  .strictObject({
    method: z
      .string()
      .regex(/^[A-Z]{1,20}$/, 'must be a method in capitals, such as GET')
      .optional()
      .openapi({ example: 'GET' }),
    path: z.string().max(2_000).startsWith('/', 'must begin with /').optional(),
    clientIp: z.string().max(100).optional(),
    referrer: z.string().max(2_000).optional(),
    environment: z
      .enum(environments)
      .optional()
      .openapi({ description: 'The environment of the host; default: that of the key' }),
  })
  .openapi('Trial');

const trialReplySchema = z
  .object({
    verdict: z.enum(['allowed', 'refused']),
    reason: z.enum(reasons).optional(),
    checks: z.array(
      z.object({
        name: z.string().openapi({ example: 'address' }),
        outcome: z.enum(['passed', 'refused', 'not_reached']),
        reason: z.enum(reasons).optional(),
      }),
    ),
    fix: fixSchema.omit({ text: true }).nullable().openapi({ description: 'The fix for the denial' }),
    reply: z
      .object({ status: z.int(), contentType: z.string(), body: z.string() })
      .nullable()
      .openapi({ description: 'The reply that the caller would get' }),
  })
  .openapi('TrialReply');

const listAddresses = createRoute({
  method: 'get',
  path: `${keyPath}/addresses`,
  operationId: 'listOrgKeyAddresses',
  request: { params: keyInOrg, query: keyAddressesQuery },
  responses: {
    200: jsonReply('The addresses from which the key was used, the most used first', keyAddressesSchema),
    ...failures,
  },
});

const testKey = createRoute({
  method: 'post',
  path: `${keyPath}/test`,
  operationId: 'testOrgKey',
  request: { params: keyInOrg, body: jsonBody(trialSchema) },
  responses: {
    200: jsonReply('The decision with every check; counts and records nothing', trialReplySchema),
    ...failures,
  },
});

const proposalSchema = z
  .strictObject({
    ...keyUpdateSchema.shape,
    action: z
      .enum(['revoke', 'disable'])
      .optional()
      .openapi({ description: 'Instead of changes to the fields of the key' }),
  })
  .openapi('Proposal');

const countSchema = z.object({ allowed: z.int(), refused: z.int() });

const impactSchema = z
  .object({
    cutsOff: z.enum(['nobody', 'some', 'everybody']).openapi({
      description:
        'Considers only known uses, which are the last use of each secret; `unknown` lists what Miftah does not record',
    }),
    uses: z.array(
      z.object({
        address: z.string().nullable(),
        at: z.string(),
        of: z.enum(['key', 'superseded_secret']),
        isCutOff: z.boolean(),
      }),
    ),
    removed: z.object({
      addresses: z.array(z.string()),
      referrers: z.array(z.string()),
      endpoints: z.array(z.string()),
      scopes: z.array(z.string()),
    }),
    unknown: z.array(z.enum(['earlier_addresses', 'referrers', 'endpoints', 'scopes'])).openapi({
      description:
        'Restrictions that the change tightens without a record of their use; Miftah cannot tell whether requests will be refused',
    }),
    requests: z.object({ lastDay: countSchema, last30Days: countSchema }),
  })
  .openapi('Impact');

const previewImpact = createRoute({
  method: 'post',
  path: `${keyPath}/impact`,
  operationId: 'previewOrgKeyChange',
  request: { params: keyInOrg, body: jsonBody(proposalSchema) },
  responses: {
    200: jsonReply('The known callers that the change would affect; changes nothing', impactSchema),
    ...failures,
  },
});

export function addKeyPageRoutes(app: ConsoleApp, parts: KeyPageParts): void {
  const { sessions, keys, store, denialStore, usageStore, gates, freshness, clock } = parts;

  function gateOf({ apiId }: ApiKey): Gate {
    const gate = gates.get(apiId);
    if (gate !== undefined) return gate;
    throw new ManagementError('api_unknown', `api: ${apiId} is no longer configured`, 'api');
  }

  app.openapi(getActivity, async (c) => {
    const { since } = c.req.valid('query');
    const sinceMs = since === undefined ? Number.NEGATIVE_INFINITY : parseInstant('since', since);
    const { org } = c.req.valid('param');
    const asked = await openKey(c, { keys, sessions }, c.req.valid('param'));
    await freshness.refresh();
    const key = await keys.getKey(asked.actor, asked.key.id);
    const { items } = await denialStore.listDenials({ orgId: org, keyId: key.id, limit: 1 });
    const newer = items.filter(({ lastAtMs }) => lastAtMs > sinceMs);
    const view = viewFor(c, asked.actor, gates, clock.nowMs());
    const [denial = null] = await showDenials(store, newer, view);
    const { lastUsedAtMs, lastUsedAddress } = key;
    // Skip uses of old secrets: a person who has just rotated the key waits for a use of the new one.
    const secrets = await keys.listSecrets(asked.actor, key.id);
    const isOfOld = secrets.some((secret) => secret.endsAtMs !== null && secret.lastUsedAtMs === lastUsedAtMs);
    const isUsed = lastUsedAtMs !== null && lastUsedAtMs > sinceMs && !isOfOld;
    return c.json({ lastUse: isUsed ? { at: toInstant(lastUsedAtMs), address: lastUsedAddress } : null, denial }, 200);
  });

  app.openapi(listAddresses, async (c) => {
    const { actor, key } = await openKey(c, { keys, sessions }, c.req.valid('param'));
    await freshness.refresh();
    return c.json(toKeyAddresses(await keys.listAddresses(actor, key.id, c.req.valid('query').days)), 200);
  });

  app.openapi(testKey, async (c) => {
    const { actor, key } = await openKey(c, { keys, sessions }, c.req.valid('param'));
    const gate = gateOf(key);
    const facts = readTrial(c.req.valid('json'), key);
    const [inForce] = await keys.listSecrets(actor, key.id);
    const { verdict, checks } = await gate.explain(facts, inForce?.digest);
    const shown = checks.map(({ name, outcome, reason }) => ({
      name,
      outcome,
      ...(reason !== undefined && { reason }),
    }));
    if (verdict.kind === 'allowed') {
      return c.json({ verdict: 'allowed' as const, checks: shown, fix: null, reply: null }, 200);
    }
    const { reason, rate } = verdict;
    const { apiId, orgId, id: keyId } = key;
    const { method, path, clientAddress = null } = facts;
    const context = { ...viewFor(c, actor, gates, clock.nowMs()), key, policy: gate.api.policy };
    const fix = chooseFix({ reason, apiId, orgId, keyId, clientAddress, method, path }, context);
    const { status, body } = renderProblem(gate.replies, reason, {
      requestId: randomUUID(),
      clientAddress: facts.clientAddress,
      rate,
    });
    const reply = { status, contentType: gate.dialect.contentType, body };
    return c.json({ verdict: 'refused' as const, reason, checks: shown, fix, reply }, 200);
  });

  app.openapi(previewImpact, async (c) => {
    const { actor, key } = await openKey(c, { keys, sessions }, c.req.valid('param'));
    const { action, ...fields } = c.req.valid('json');
    await freshness.refresh();
    const nowMs = clock.nowMs();
    const { api, redactor } = gateOf(key);
    const { policy } = api;
    const proposed = checkKeyFields(fields, { policy, redactor }, nowMs, key.createdAtMs);
    const secrets = await keys.listSecrets(actor, key.id);
    const isOver = action !== undefined || keyStatus(key, nowMs) !== 'active';
    const allowlist = addressesOf({ ...key.restrictions, ...proposed.restrictions }, policy);
    const uses = listUses(await keys.getKey(actor, key.id), secrets, nowMs).map(({ address, atMs, of }) => ({
      address,
      at: toInstant(atMs),
      of,
      // An unknown address is on no list.
      isCutOff: isOver || (address === null ? allowlist.kind !== 'any' : !isOnAllowlist(allowlist, address)),
    }));
    const removed = listRemoved(key, proposed);
    const isEverybody = isOver || allowlist.kind === 'none' || (uses.length > 0 && uses.every((use) => use.isCutOff));
    const unknown = isOver ? [] : listUnknown(key, removed, proposed, policy);
    const last30Days = await countRequests(key, nowMs - 30 * oneDayMs, nowMs);
    const lastDay = await countRequests(key, nowMs - oneDayMs, nowMs);
    const someone = uses.some((use) => use.isCutOff) ? 'some' : 'nobody';
    const cutsOff = isEverybody ? ('everybody' as const) : (someone as 'some' | 'nobody');
    return c.json({ cutsOff, uses, removed, unknown, requests: { lastDay, last30Days } }, 200);
  });

  async function countRequests({ id, orgId }: ApiKey, fromMs: number, toMs: number) {
    const sums = await usageStore.listUsage({ orgId, keyId: id, fromMs, toMs: toMs + 1, groupBy: ['outcome'] });
    const counts = { allowed: 0, refused: 0 };
    for (const { outcome, count } of sums) counts[outcome === 'allowed' ? 'allowed' : 'refused'] += count;
    return counts;
  }
}

function readTrial(trial: z.infer<typeof trialSchema>, key: ApiKey): RequestFacts {
  const { method = 'GET', path = '/', clientIp, referrer, environment = key.environment } = trial;
  const clientAddress = clientIp === undefined ? undefined : canonicalAddress(clientIp.trim());
  if (clientIp !== undefined && clientAddress === undefined) {
    throw invalidInput('clientIp', 'is not an IP address: send one without a port or brackets, or omit it');
  }
  const query = path.indexOf('?');
  return {
    method,
    path: query < 0 ? path : path.slice(0, query),
    rawHeaders: referrer === undefined ? [] : ['Referer', referrer],
    clientAddress,
    environment,
    requiredScopes: undefined,
  };
}

interface Use {
  readonly address: string | null;
  readonly atMs: number;
  readonly of: 'key' | 'superseded_secret';
}

/** The recorded uses of a key: its last one, and the last one of each superseded secret that still works. */
function listUses({ lastUsedAtMs, lastUsedAddress }: ApiKey, secrets: readonly NamedSecret[], nowMs: number): Use[] {
  const own: Use[] = lastUsedAtMs === null ? [] : [{ address: lastUsedAddress, atMs: lastUsedAtMs, of: 'key' }];
  const superseded = secrets.flatMap(({ endsAtMs, lastUsedAtMs: atMs, lastUsedAddress: address }): Use[] =>
    atMs === null || endsAtMs === null || endsAtMs <= nowMs ? [] : [{ address, atMs, of: 'superseded_secret' }],
  );
  return [...own, ...superseded];
}

type Removed = z.infer<typeof impactSchema>['removed'];

function listRemoved({ restrictions }: ApiKey, { restrictions: proposed }: CheckedKeyFields): Removed {
  const missing = (field: keyof Removed) => {
    const after = proposed[field];
    return after === undefined ? [] : restrictions[field].filter((entry) => !after.includes(entry));
  };
  return {
    addresses: missing('addresses'),
    referrers: missing('referrers'),
    endpoints: missing('endpoints'),
    scopes: missing('scopes'),
  };
}

/**
 * The tightened restrictions without a record of their use. A list tightens if it loses an entry, or if it gets its
 * first entry and the empty list allowed all.
 */
function listUnknown(
  { restrictions }: ApiKey,
  removed: Removed,
  { restrictions: proposed }: CheckedKeyFields,
  { addresses }: Policy,
): z.infer<typeof impactSchema>['unknown'] {
  const letsAllThrough = (field: 'addresses' | 'referrers' | 'endpoints') =>
    restrictions[field].length === 0 && (field !== 'addresses' || addresses.whenEmpty === 'any');
  const narrows = (field: 'addresses' | 'referrers' | 'endpoints') =>
    (proposed[field]?.length ?? 0) > 0 && (removed[field].length > 0 || letsAllThrough(field));
  return [
    ...(narrows('addresses') ? (['earlier_addresses'] as const) : []),
    ...(narrows('referrers') ? (['referrers'] as const) : []),
    ...(narrows('endpoints') ? (['endpoints'] as const) : []),
    ...(removed.scopes.length > 0 ? (['scopes'] as const) : []),
  ];
}
