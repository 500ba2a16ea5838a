// /api/orgs/{org}/denials: what was refused, what mends it, and mending it.
import { createRoute, z } from '@hono/zod-openapi';
import { describeFix } from '../../denials/fix.ts';
import { chooseMend, type Mend, mendKinds, type Reach } from '../../denials/mend.ts';
import type { DenialStore, StoredDenial } from '../../denials/ports.ts';
import type { Actor } from '../../domain/actor.ts';
import { type ApiKey, environments, keyStatus } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Policy } from '../../domain/protected-api.ts';
import { maskOf } from '../../domain/secret.ts';
import { reasons } from '../../domain/verdict.ts';
import type { KeyCommands } from '../../management/keys.ts';
import { invalidInput, notFound } from '../../management/management-error.ts';
import type { CommandOptions } from '../../management/ports.ts';
import { assertMayIn } from '../../management/rights.ts';
import { tellHeld } from '../internal/held.ts';
import { changeReply, failures, jsonReply } from '../internal/route.ts';
import {
  defaultLimit,
  denialListQuery,
  denialSchema,
  keySchema,
  pageOf,
  toDenial,
  toKey,
} from '../internal/schemas.ts';
import type { ConsoleApi } from './config.ts';
import type { Freshness } from './freshness.ts';
import type { ConsoleStore } from './ports.ts';
import type { ConsoleApp, Sessions } from './session.ts';

export interface DenialParts {
  readonly sessions: Sessions;
  readonly keys: KeyCommands;
  readonly store: Pick<ConsoleStore, 'findKeys' | 'findDenial'>;
  readonly denialStore: Pick<DenialStore, 'listDenials'>;
  readonly apis: readonly ConsoleApi[];
  readonly freshness: Freshness;
  readonly clock: Clock;
}

export const fixSchema = z
  .object({
    kind: z.enum(mendKinds),
    params: z.object({
      address: z.string().optional(),
      mode: z.enum(['none', 'exact_ipv4', 'exact', 'cidr']).optional(),
      endpoint: z.string().optional().openapi({ example: 'GET /v1/users/usr_123' }),
      scope: z.string().optional(),
      expiresAt: z.string().optional(),
      environment: z.enum(environments).optional(),
    }),
    canApply: z.boolean().openapi({ description: 'Whether POST …/fix does it' }),
    isDone: z.boolean().openapi({ description: 'The key is so by now: the refusal is from before' }),
    text: z.string().openapi({ description: 'For people, in English, with the command of the CLI' }),
  })
  .openapi('Fix');

export const shownKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    masked: z.string(),
    environment: z.enum(environments),
    status: z.enum(['active', 'disabled', 'expired', 'revoked']),
  })
  .openapi('ShownKey');

export const orgDenialSchema = denialSchema
  .omit({ keyId: true, fix: true })
  .extend({
    id: z.string().openapi({ example: 'den_42' }),
    key: shownKeySchema.nullable().openapi({ description: 'null: the secret was nobody’s' }),
    fix: fixSchema,
  })
  .openapi('OrgDenial');

const denialsQuery = denialListQuery.omit({ org: true }).extend({
  environment: z.enum(environments).optional().openapi({ description: 'Only of keys of this environment' }),
  reason: z.enum(reasons).optional(),
});

const fixedSchema = z
  .object({
    before: keySchema,
    after: keySchema.openapi({ description: 'To undo: PATCH the key with what differs before, If-Match its revision' }),
  })
  .openapi('FixedKey');

const org = z.string().max(200);

const listDenials = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/denials',
  operationId: 'listOrgDenials',
  request: { params: z.object({ org }), query: denialsQuery },
  responses: {
    200: jsonReply('Refusals of its keys, grouped by hour, newest last refusal first', pageOf(orgDenialSchema)),
    ...failures,
  },
});

const fixDenial = createRoute({
  method: 'post',
  path: '/api/orgs/{org}/denials/{id}/fix',
  operationId: 'fixOrgDenial',
  request: { params: z.object({ org, id: z.string().max(200) }) },
  responses: {
    200: changeReply('The key before and after; the same when nothing was left to do', fixedSchema),
    ...failures,
  },
});

/** What a denial is shown with. */
export interface DenialView {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly reach: Reach;
  readonly nowMs: number;
}

export function policiesOf(apis: readonly ConsoleApi[]): ReadonlyMap<string, Policy> {
  return new Map(apis.map(({ id, profile }) => [id, profile.policy]));
}

/** Denials with the keys that they are of. A key that another organization has by now is not shown. */
export async function showDenials(
  store: Pick<ConsoleStore, 'findKeys'>,
  denials: readonly StoredDenial[],
  view: DenialView,
): Promise<z.infer<typeof orgDenialSchema>[]> {
  const ids = [...new Set(denials.flatMap(({ keyId }) => keyId ?? []))];
  const keys = new Map((await store.findKeys(ids)).map((key) => [key.id, key]));
  return denials.map((denial) => {
    const key = keys.get(denial.keyId ?? '');
    return toOrgDenial(denial, key?.orgId === denial.orgId ? key : undefined, view);
  });
}

function mendOf(denial: StoredDenial, key: ApiKey | undefined, { policies, reach, nowMs }: DenialView): Mend {
  return chooseMend(denial, { key, policy: policies.get(denial.apiId), reach, nowMs });
}

function toOrgDenial(denial: StoredDenial, key: ApiKey | undefined, view: DenialView): z.infer<typeof orgDenialSchema> {
  const { keyId: _, fix: text, ...shown } = toDenial(denial, describeFix(denial, key?.restrictions));
  return {
    id: `den_${denial.id}`,
    ...shown,
    key: key === undefined ? null : toShownKey(key, view.nowMs),
    fix: { ...mendOf(denial, key, view), text },
  };
}

export function toShownKey(key: ApiKey, nowMs: number): z.infer<typeof shownKeySchema> {
  const { id, name, hint, environment } = key;
  return { id, name, masked: maskOf(hint), environment, status: keyStatus(key, nowMs) };
}

export function addDenialRoutes(app: ConsoleApp, parts: DenialParts): void {
  const { sessions, keys, store, denialStore, freshness, clock } = parts;
  const policies = policiesOf(parts.apis);

  app.openapi(listDenials, async (c) => {
    const { org } = c.req.valid('param');
    const { api, key, limit = defaultLimit, ...query } = c.req.valid('query');
    assertMayIn(await sessions.actorIn(c, org), org, 'key.read');
    await freshness.refresh();
    const page = await denialStore.listDenials({ ...query, orgId: org, apiId: api, keyId: key, limit });
    const view = { policies, reach: c.env.visit, nowMs: clock.nowMs() };
    return c.json({ data: await showDenials(store, page.items, view), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(fixDenial, async (c) => {
    const { org, id } = c.req.valid('param');
    const actor = await sessions.actorIn(c, org);
    assertMayIn(actor, org, 'key.write');
    const denial = id.startsWith('den_') ? await store.findDenial(id.slice(4)) : undefined;
    if (denial?.keyId == null || denial.orgId !== org) throw notFound();
    const before = await keys.getKey(actor, denial.keyId);
    if (before.orgId !== org) throw notFound();
    const nowMs = clock.nowMs();
    const mend = mendOf(denial, before, { policies, reach: c.env.visit, nowMs });
    if (!mend.canApply && !mend.isDone) {
      throw invalidInput('id', `is not mended by one click. ${describeFix(denial, before.restrictions)}`);
    }
    const told = tellHeld(c, clock);
    const options = { expectedRevision: before.revision, source: `denial:${id}`, onHeld: told.onHeld };
    const after = mend.isDone ? before : await carryOut(keys, actor, before, mend, options);
    return c.json(told.with({ before: toKey(before, nowMs), after: toKey(after, nowMs) }), 200);
  });
}

type FixOptions = Pick<CommandOptions<never>, 'expectedRevision' | 'source' | 'onHeld'>;

/** On the key as it was read: had it changed meanwhile, a list would lose what was added to it. */
function carryOut(keys: KeyCommands, actor: Actor, key: ApiKey, { kind, params }: Mend, options: FixOptions) {
  const { addresses, endpoints, scopes } = key.restrictions;
  switch (kind) {
    case 'add_address':
      return keys.updateKey(actor, key.id, { addresses: [...addresses, params.address as string], ...options });
    case 'add_endpoint':
      return keys.updateKey(actor, key.id, { endpoints: [...endpoints, params.endpoint as string], ...options });
    case 'add_scope':
      return keys.updateKey(actor, key.id, { scopes: [...scopes, params.scope as string], ...options });
    case 'extend':
      return keys.updateKey(actor, key.id, { expiresAt: params.expiresAt as string, ...options });
    case 'enable':
      return keys.enableKey(actor, key.id, options);
    default:
      throw new TypeError(`${kind} can't be carried out`);
  }
}
