// /api/orgs/{org}/denials: lists denied requests with their fixes, and applies a fix.
import { createRoute, z } from '@hono/zod-openapi';
import { chooseFix, type Fix, fixKinds, isSameFix, type Reach } from '../../denials/choose-fix.ts';
import { describeFix } from '../../denials/describe-fix.ts';
import type { DenialStore, StoredDenial } from '../../denials/ports.ts';
import type { Actor } from '../../domain/actor.ts';
import { type ApiKey, environments, keyStatus } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import { reasons } from '../../domain/verdict.ts';
import { parseInstant } from '../../management/instant.ts';
import type { KeyCommands } from '../../management/keys/commands.ts';
import { invalidInput, ManagementError, notFound } from '../../management/management-error.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import type { CommandOptions } from '../../management/ports.ts';
import { assertMayIn, mayExceed } from '../../management/rights.ts';
import { reportChange } from '../wire/change-report.ts';
import { type Gates, maskIn } from '../wire/mask.ts';
import { problemContentType } from '../wire/problem.ts';
import { changeReply, failures, jsonBody, jsonReply, maxPageBytes } from '../wire/route.ts';
import {
  defaultLimit,
  denialListQuery,
  denialSchema,
  keySchema,
  pageOf,
  problemSchema,
  toDenial,
  toKey,
} from '../wire/schemas.ts';
import type { Freshness } from './freshness.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';

/** What the denial routes need. */
export interface DenialParts {
  readonly sessions: Sessions;
  readonly keys: KeyCommands;
  readonly store: Pick<OverviewStore, 'findKeys'>;
  readonly denialStore: Pick<DenialStore, 'listDenials' | 'findDenial'>;
  readonly gates: Gates;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

const fixParams = {
  address: z.string().optional(),
  mode: z.enum(['none', 'exact_ipv4', 'exact', 'cidr']).optional(),
  endpoint: z.string().optional().openapi({ example: 'GET /v1/users/usr_123' }),
  scope: z.string().optional(),
  expiresAt: z.string().optional(),
  environment: z.enum(environments).optional(),
};

/** A fix with what it needs; see `chooseFix`. */
export const fixSchema = z
  .object({
    kind: z.enum(fixKinds),
    params: z.object(fixParams),
    canApply: z.boolean().openapi({ description: 'Whether POST …/fix can apply it' }),
    isDone: z.boolean().openapi({ description: 'The key already has this fix; the denial is older' }),
    text: z.string().openapi({ description: 'A sentence in English, with the CLI command' }),
  })
  .openapi('Fix');

/** The parts of a key that identify it in other lists. */
export const shownKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    masked: z.string(),
    environment: z.enum(environments),
    status: z.enum(['active', 'disabled', 'expired', 'revoked']),
  })
  .openapi('ShownKey');

/** A denial with its key and its fix. */
export const orgDenialSchema = denialSchema
  .omit({ keyId: true, fix: true })
  .extend({
    id: z.string().openapi({ example: 'den_42' }),
    // A union and not `nullable`: on a schema that extends a registered one, `nullable` applies only to the extension,
    // so the document would refuse null.
    key: z
      .union([shownKeySchema.extend({ revision: z.int() }).openapi('RefusedKey'), z.null()])
      .openapi({ description: 'null: no key has this secret' }),
    fix: fixSchema,
  })
  .openapi('OrgDenial');

const instant = z.string().max(40).optional();

const denialsQuery = denialListQuery.omit({ org: true }).extend({
  environment: z.enum(environments).optional().openapi({ description: 'Only for keys of this environment' }),
  reason: z.enum(reasons).optional(),
  from: instant.openapi({ format: 'date-time', description: 'Only groups with a request at this instant or later' }),
  to: instant.openapi({ format: 'date-time', description: 'Only groups whose hour began before this instant' }),
});

const fixedSchema = z
  .object({
    before: keySchema,
    after: keySchema.openapi({
      description: 'To undo, PATCH the key with the differing fields of `before`, and If-Match with its revision',
    }),
  })
  .openapi('FixedKey');

/** The fix as the reader saw it before the click. */
const shownFixSchema = z
  .strictObject({
    kind: z.enum(fixKinds).openapi({ description: '`fix.kind` as shown' }),
    params: z.strictObject(fixParams).openapi({ description: '`fix.params` as shown' }),
    revision: z.int().min(1).openapi({ description: '`key.revision` as shown', example: 3 }),
  })
  .openapi('ShownFix');

/** Typed as `object`, because handlers throw this reply and never return it. */
const changed: object = {
  409: {
    description: 'The fix has changed since it was shown; nothing was changed',
    content: {
      [problemContentType]: { schema: problemSchema.extend({ current: orgDenialSchema }).openapi('ChangedFix') },
    },
  },
};

/** The fix or its key has changed since it was shown. The reply has `current`, so that the reader can choose again. */
export class ChangedFix extends ManagementError {
  readonly current: z.infer<typeof orgDenialSchema>;

  constructor(current: z.infer<typeof orgDenialSchema>) {
    super(
      'fix_changed',
      'The key or its fix has changed since this fix was shown: review the current one, then choose.',
    );
    this.current = current;
  }
}

const org = z.string().max(200);

const listDenials = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/denials',
  operationId: 'listOrgDenials',
  request: { params: z.object({ org }), query: denialsQuery },
  responses: {
    200: jsonReply('Denied requests of its keys, grouped by hour, latest first', pageOf(orgDenialSchema)),
    ...failures,
  },
});

const fixDenial = createRoute({
  method: 'post',
  path: '/api/orgs/{org}/denials/{id}/fix',
  operationId: 'fixOrgDenial',
  request: { params: z.object({ org, id: z.string().max(200) }), body: jsonBody(shownFixSchema) },
  responses: {
    200: changeReply('The key before and after; both are equal if nothing was left to do', fixedSchema),
    ...changed,
    ...failures,
  },
});

/** The context in which a denial and its fix are shown. */
export interface DenialView {
  readonly gates: Gates;
  readonly reach: Reach;
  readonly nowMs: number;
  /** See `FixContext`. */
  readonly mayGiveAnyScope: boolean;
}

/** The view for this actor and visit. */
export function viewFor(c: ConsoleContext, actor: Actor, gates: Gates, nowMs: number): DenialView {
  return { gates, reach: c.env.visit, nowMs, mayGiveAnyScope: mayExceed(actor, 'key', 'scopes') };
}

/** The denials with their keys. Omits a key that now belongs to another organization. */
export async function showDenials(
  store: Pick<OverviewStore, 'findKeys'>,
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

function fixOf(denial: StoredDenial, key: ApiKey | undefined, { gates, ...view }: DenialView): Fix {
  return chooseFix(denial, { ...view, key, policy: gates.get(denial.apiId)?.api.policy });
}

function toOrgDenial(denial: StoredDenial, key: ApiKey | undefined, view: DenialView): z.infer<typeof orgDenialSchema> {
  const { keyId: _, fix: text, ...shown } = toDenial(denial, describeFix(denial, key?.restrictions));
  return {
    id: `den_${denial.id}`,
    ...shown,
    key: key === undefined ? null : { ...toShownKey(key, view), revision: key.revision },
    fix: { ...fixOf(denial, key, view), text },
  };
}

/** The parts of a key that identify it. `nowMs` decides whether it has expired. */
export function toShownKey(
  key: ApiKey,
  { gates, nowMs }: Pick<DenialView, 'gates' | 'nowMs'>,
): z.infer<typeof shownKeySchema> {
  const { id, name, environment } = key;
  return { id, name, masked: maskIn(gates, key), environment, status: keyStatus(key, nowMs) };
}

export function addDenialRoutes(app: ConsoleApp, parts: DenialParts): void {
  const { sessions, keys, store, denialStore, gates, freshness, clock } = parts;

  app.openapi(listDenials, async (c) => {
    const { org } = c.req.valid('param');
    const { api, key, from, to, limit = defaultLimit, ...query } = c.req.valid('query');
    const actor = await sessions.actorIn(c, org);
    assertMayIn(actor, org, 'key.read');
    await freshness.refresh();
    const page = await denialStore.listDenials({
      ...query,
      orgId: org,
      apiId: api,
      keyId: key,
      sinceMs: from === undefined ? undefined : parseInstant('from', from),
      untilMs: to === undefined ? undefined : parseInstant('to', to),
      limit,
      maxBytes: maxPageBytes,
    });
    const view = viewFor(c, actor, gates, clock.nowMs());
    return c.json({ data: await showDenials(store, page.items, view), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(fixDenial, async (c) => {
    const { org, id } = c.req.valid('param');
    const actor = await sessions.actorIn(c, org);
    assertMayIn(actor, org, 'key.write');
    const denial = id.startsWith('den_') ? await denialStore.findDenial(id.slice(4)) : undefined;
    if (denial?.keyId == null || denial.orgId !== org) throw notFound();
    const before = await keys.getKey(actor, denial.keyId);
    if (before.orgId !== org) throw notFound();
    const nowMs = clock.nowMs();
    const view = viewFor(c, actor, gates, nowMs);
    const fix = fixOf(denial, before, view);
    const { revision, ...shown } = c.req.valid('json');
    const isSame = isSameFix(shown as Pick<Fix, 'kind' | 'params'>, fix, nowMs);
    // A fix that is already done grants nothing, so its revision may differ.
    if (!isSame || (revision !== before.revision && !fix.isDone)) {
      throw new ChangedFix(toOrgDenial(denial, before, view));
    }
    if (!fix.canApply && !fix.isDone) {
      throw invalidInput('kind', `cannot be applied with one click. ${describeFix(denial, before.restrictions)}`);
    }
    const report = reportChange(c, clock);
    const options = { expectedRevision: revision, source: `denial:${id}`, onHeld: report.onHeld };
    const wanted = { ...fix, params: shown.params as Fix['params'] };
    const after = fix.isDone
      ? before
      : await carryOut(keys, actor, before, wanted, options).catch(async (error: unknown) => {
          if (!(error instanceof ManagementError) || error.code !== 'revision_mismatch') throw error;
          throw new ChangedFix(toOrgDenial(denial, await keys.getKey(actor, before.id), view));
        });
    return c.json(report.with({ before: toKey(before, nowMs, gates), after: toKey(after, nowMs, gates) }), 200);
  });
}

type FixOptions = Pick<CommandOptions<never>, 'expectedRevision' | 'source' | 'onHeld'>;

/** Applies a fix to the key at the revision that was read: with a later one, a list could lose an entry. */
function carryOut(keys: KeyCommands, actor: Actor, key: ApiKey, { kind, params }: Fix, options: FixOptions) {
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
      throw new TypeError(`${kind} cannot be applied`);
  }
}
