// Commands on webhooks: the endpoints of an organization or of the operator, their secrets and their deliveries.
import { type Actor, auditOf } from '../domain/actor.ts';
import type { AuditAction, AuditState } from '../domain/audit-record.ts';
import { suggestName } from '../domain/closest-name.ts';
import { createRedactor } from '../domain/redaction.ts';
import { randomBase62 } from '../domain/secret.ts';
import {
  type Attempt,
  alertTypes,
  type Delivery,
  type DeliveryStatus,
  newSigningSecret,
  type SecretSeal,
  signatureKinds,
  verifierOf,
  type WebhookEndpoint,
  type WebhookFormat,
  webhookFormats,
} from '../domain/webhook-endpoint.ts';
import { type EventType, eventTypes, newEvent } from '../domain/webhook-event.ts';
import { type AllowedTargets, checkTargetUrl } from '../domain/webhook-target.ts';
import { assertNoSecret, checkName } from './display-name.ts';
import { invalidInput, ManagementError, notFound } from './management-error.ts';
import { defaultOverlap, parseOverlap } from './overlap.ts';
import type { ManagementParts } from './parts.ts';
import type { CommandOptions, EndpointChanges, ManagementOperations, Page, PageRequest } from './ports.ts';
import { assertMayIn, assertMaySet, assertOperator, namesOf, readActor, tokenNotAllowed } from './rights.ts';

/** The input of `createWebhook`. */
export interface NewWebhook {
  /** The organization whose events it gets. Default: it belongs to the operator and gets the events of all. */
  readonly orgId?: string | undefined;
  readonly name: string;
  readonly url: string;
  /** Types of events, at least one. Default: all, also those that a later version adds. */
  readonly types?: readonly string[] | undefined;
  /** One of `webhookFormats`. Default `standard`. An endpoint with `alertmanager` gets alerts alone. */
  readonly format?: string | undefined;
  /** One of `signatureKinds`, for `standard` alone. Default `hmac`. */
  readonly signature?: string | undefined;
}

/** The input of `updateWebhook`. Absent members stay. */
export interface WebhookUpdate {
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  /** `null`: all. */
  readonly types?: readonly string[] | null | undefined;
  /** `false`: it gets events again, and what waited is sent. */
  readonly isDisabled?: boolean | undefined;
}

/** An endpoint as its owner sees it. */
export interface Webhook
  extends Pick<
    WebhookEndpoint,
    'id' | 'orgId' | 'name' | 'url' | 'types' | 'format' | 'signature' | 'disabled' | 'createdAtMs'
  > {
  /** `whpk_…` of an endpoint with `ed25519`. `null`: its secret is shared, or can't be read. */
  readonly publicKey: string | null;
  /** Until when the secret before the last rotation signs too. `null`: it does not. */
  readonly formerUntilMs: number | null;
}

/** An endpoint with what verifies its deliveries: `whsec_…`, which is shown only here, or `whpk_…`. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  /** `null`: its deliveries have no signature. */
  readonly secret: string | null;
}

/** An endpoint in a list. */
export interface ListedWebhook {
  readonly webhook: Webhook;
  /** The newest delivery of the last 30 days. `null`: there is none. */
  readonly lastDelivery: Delivery | null;
}

type OnceOptions = Pick<CommandOptions<WebhookWithSecret>, 'alongside' | 'onHeld'>;
type Options = Pick<CommandOptions<never>, 'onHeld'>;

/**
 * Each change writes its audit entry in its transaction. All reject with a `ManagementError` for wrong input. Endpoints
 * of the operator need an operator without limits; those of an organization, an owner or admin of it.
 */
export interface WebhookCommands {
  createWebhook(actor: Actor, input: NewWebhook, options?: OnceOptions): Promise<WebhookWithSecret>;
  /** Newest first. `orgId` `null`: those of the operator. Absent: all. */
  listWebhooks(
    actor: Actor,
    page: PageRequest,
    filter?: { readonly orgId?: string | null | undefined },
  ): Promise<Page<ListedWebhook>>;
  getWebhook(actor: Actor, id: string): Promise<Webhook>;
  updateWebhook(actor: Actor, id: string, update: WebhookUpdate, options?: Options): Promise<Webhook>;
  /** Makes a new secret. The old one signs too for `overlap` (as `rotateKey`, default `24h`). */
  rotateWebhookSecret(actor: Actor, id: string, overlap?: string, options?: OnceOptions): Promise<WebhookWithSecret>;
  /** Ends the overlap of a rotation: the old secret signs no more. Without one, nothing changes. */
  endOverlap(actor: Actor, id: string, options?: Options): Promise<Webhook>;
  /** Removes the endpoint with what waits for it. */
  deleteWebhook(actor: Actor, id: string, options?: Options): Promise<Webhook>;
  /** Sends an event `webhook.test`, once. Returns its id. */
  testWebhook(actor: Actor, id: string): Promise<string>;
  /** Newest first, of the last 30 days. */
  listDeliveries(actor: Actor, id: string, page: PageRequest, status?: DeliveryStatus): Promise<Page<Delivery>>;
  /** The last 100 attempts of a delivery, newest first. */
  listAttempts(actor: Actor, id: string, deliveryId: string): Promise<readonly Attempt[]>;
  /** Sends an event again, under its id, with all attempts from the first. */
  replayDelivery(actor: Actor, id: string, deliveryId: string): Promise<Delivery>;
}

export interface WebhookParts extends ManagementParts {
  readonly seal: SecretSeal;
  readonly allowed: AllowedTargets;
  /** Called when something is due now. */
  readonly wake: () => void;
}

const maxOfOrganization = 10;
const maxOfOperator = 50;
const nameLength = { min: 1, max: 100 };
const nothing = { digests: [], orgIds: [] };

export function createWebhookCommands(parts: WebhookParts): WebhookCommands {
  const { store, apis, coherence, clock, seal, allowed, wake } = parts;
  const redactor = createRedactor(apis.values());

  function checkUrl(text: string, format: WebhookFormat): string {
    assertNoSecret('url', text, redactor);
    const checked = checkTargetUrl(text, allowed);
    if (!checked.ok) throw invalidInput('url', checked.fix);
    return format === 'alertmanager' ? alertsUrlOf(checked.url) : checked.url;
  }

  function checkWebhookName(text: string): string {
    const name = checkName(text, nameLength);
    assertNoSecret('name', name, redactor);
    return name;
  }

  function show({ sealedSecret, former, ...endpoint }: WebhookEndpoint): Webhook {
    const { id, orgId, name, url, types, format, signature, disabled, createdAtMs } = endpoint;
    const formerUntilMs = former !== null && former.untilMs > clock.nowMs() ? former.untilMs : null;
    const shown = { id, orgId, name, url, types, format, signature, disabled, createdAtMs, formerUntilMs };
    if (signature !== 'ed25519') return { ...shown, publicKey: null };
    try {
      return { ...shown, publicKey: verifierOf(seal.open(sealedSecret, id)) };
    } catch {
      // Sealed under another session secret. Deliveries report it; a list must still be shown.
      return { ...shown, publicKey: null };
    }
  }

  /** One transaction with the permissions of its moment. `onHeld` hears of the change. */
  async function change<Result>(
    caller: Actor,
    onHeld: Options['onHeld'],
    work: (actor: Actor, operations: ManagementOperations, nowMs: number) => Promise<Result>,
  ): Promise<Result> {
    const { result, position } = await store.transaction(async (operations) => {
      const nowMs = clock.nowMs();
      const actor = await readActor(caller, operations, nowMs);
      const result = await work(actor, operations, nowMs);
      return { result, position: await operations.recordChange(nothing) };
    });
    onHeld?.({ position, unreached: await coherence.hold(nothing, position) });
    return result;
  }

  function auditEntry(
    action: Extract<AuditAction, `webhook.${string}`>,
    { id, orgId }: Pick<WebhookEndpoint, 'id' | 'orgId'>,
    before: AuditState | null,
    after: AuditState | null,
  ) {
    return { action, target: { kind: 'webhook', id }, orgId, before, after };
  }

  return {
    async createWebhook(caller, input, { alongside, onHeld } = {}) {
      const orgId = input.orgId ?? null;
      assertMayReach(caller, orgId, 'write');
      assertMaySet(caller, 'newWebhook', namesOf(input));
      const format = webhookFormats.find((each) => each === (input.format ?? 'standard'));
      if (format === undefined) throw invalidInput('format', `must be ${webhookFormats.join(' or ')}`);
      const signature = checkSignature(input.signature, format);
      const id = `wh_${randomBase62(20)}`;
      const secret = signature === 'none' ? null : newSigningSecret(signature);
      const fields = {
        ...{ id, orgId, name: checkWebhookName(input.name), url: checkUrl(input.url, format), format, signature },
        ...{ types: checkTypes(input.types, format), sealedSecret: secret === null ? '' : seal.seal(secret, id) },
      };
      return change(caller, onHeld, async (actor, operations, nowMs) => {
        assertMayReach(actor, orgId, 'write');
        if (orgId !== null && (await operations.findOrganization(orgId)) === undefined) {
          throw invalidInput('org', 'no such organization: list the organizations to find its id');
        }
        const max = orgId === null ? maxOfOperator : maxOfOrganization;
        if ((await operations.countEndpoints(orgId)) >= max) {
          throw new ManagementError('webhook_limit_reached', `At most ${max} webhooks are allowed: delete one.`);
        }
        const endpoint = { ...fields, former: null, disabled: null, createdAtMs: nowMs };
        await operations.createEndpoint(endpoint);
        await operations.appendAudit(
          auditOf(actor, nowMs, auditEntry('webhook.created', endpoint, null, describe(endpoint))),
        );
        const created = { webhook: show(endpoint), secret: secret === null ? null : verifierOf(secret) };
        await alongside?.(operations, created);
        return created;
      });
    },

    async listWebhooks(actor, page, { orgId } = {}) {
      if (orgId === undefined || orgId === null) assertOperator(actor, 'read');
      else assertMayReach(actor, orgId, 'read');
      const { items, nextCursor } = await store.listEndpoints(orgId, page);
      const last = await store.findLastDeliveries(items.map(({ id }) => id));
      const listed = items.map((each) => ({ webhook: show(each), lastDelivery: last.get(each.id) ?? null }));
      return { items: listed, nextCursor };
    },

    getWebhook: async (actor, id) => show(await findWebhook(store, actor, id, 'read')),

    updateWebhook: (caller, id, { name, url, types, isDisabled }, { onHeld } = {}) => {
      assertMaySet(caller, 'webhook', namesOf({ name, url, types, isDisabled }));
      return change(caller, onHeld, async (actor, operations, nowMs) => {
        const before = await findWebhook(operations, actor, id, 'write');
        const wanted = {
          ...(name !== undefined && { name: checkWebhookName(name) }),
          ...(url !== undefined && { url: checkUrl(url, before.format) }),
          ...(types !== undefined && { types: checkTypes(types ?? undefined, before.format) }),
        };
        const isSwitched = isDisabled !== undefined && isDisabled !== (before.disabled !== null);
        const disabled = isDisabled === true ? ({ atMs: nowMs, because: 'request' } as const) : null;
        const changes: EndpointChanges = { ...wanted, ...(isSwitched && { disabled }) };
        const after = await operations.updateEndpoint(id, changes);
        if (after === undefined) throw notFound();
        const difference = differ(describe(before), describe(after));
        if (Object.keys(difference.after).length > 0) {
          const entry = auditEntry('webhook.updated', before, difference.before, difference.after);
          await operations.appendAudit(auditOf(actor, nowMs, entry));
        }
        return show(after);
      }).finally(wake);
    },

    rotateWebhookSecret: (caller, id, overlap = defaultOverlap, { alongside, onHeld } = {}) => {
      assertMaySet(caller, 'webhook', ['overlap']);
      const overlapMs = parseOverlap(overlap);
      if (overlapMs === Number.POSITIVE_INFINITY) throw invalidInput('overlap', 'must be a duration or "now"');
      return change(caller, onHeld, async (actor, operations, nowMs) => {
        const before = await findWebhook(operations, actor, id, 'write');
        if (before.signature === 'none') {
          throw new ManagementError('webhook_unsigned', 'This webhook has no secret: its format has no signature.');
        }
        const secret = newSigningSecret(before.signature);
        const former = overlapMs === 0 ? null : { sealedSecret: before.sealedSecret, untilMs: nowMs + overlapMs };
        const secrets = { sealedSecret: seal.seal(secret, id), former };
        const after = await operations.updateEndpoint(id, { secrets });
        if (after === undefined) throw notFound();
        const formerUntil = former === null ? null : new Date(former.untilMs).toISOString();
        const entry = auditEntry('webhook.secret_rotated', before, null, { name: after.name, formerUntil });
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        const rotated = { webhook: show(after), secret: verifierOf(secret) };
        await alongside?.(operations, rotated);
        return rotated;
      });
    },

    endOverlap: (caller, id, { onHeld } = {}) => {
      assertMaySet(caller, 'webhook', ['overlap']);
      return change(caller, onHeld, async (actor, operations, nowMs) => {
        const before = await findWebhook(operations, actor, id, 'write');
        const { former, sealedSecret } = before;
        if (former === null || former.untilMs <= nowMs) return show(before);
        const after = await operations.updateEndpoint(id, { secrets: { sealedSecret, former: null } });
        if (after === undefined) throw notFound();
        const until = new Date(former.untilMs).toISOString();
        const entry = auditEntry('webhook.updated', before, { formerUntil: until }, { formerUntil: null });
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        return show(after);
      });
    },

    deleteWebhook: (caller, id, { onHeld } = {}) =>
      change(caller, onHeld, async (actor, operations, nowMs) => {
        const before = await findWebhook(operations, actor, id, 'write');
        await operations.deleteEndpoint(id);
        const entry = auditEntry('webhook.deleted', before, describe(before), null);
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        return show(before);
      }),

    testWebhook: (caller, id) =>
      change(caller, undefined, async (actor, operations, nowMs) => {
        const { orgId, disabled } = await findWebhook(operations, actor, id, 'write');
        if (disabled !== null) throw isDisabledError();
        const data = { id, organization: orgId, actor: { kind: actor.kind }, before: null, after: null };
        const event = newEvent('webhook.test', nowMs, data);
        await operations.addDelivery(id, event);
        return event.id;
      }).finally(wake),

    async listDeliveries(actor, id, page, status) {
      await findWebhook(store, actor, id, 'read');
      return store.listDeliveries(id, page, status);
    },

    async listAttempts(actor, id, deliveryId) {
      await findWebhook(store, actor, id, 'read');
      const attempts = await store.listAttempts(id, deliveryId);
      if (attempts === undefined) throw notFound();
      return attempts;
    },

    replayDelivery: (caller, id, deliveryId) =>
      change(caller, undefined, async (actor, operations, nowMs) => {
        const { disabled } = await findWebhook(operations, actor, id, 'write');
        if (disabled !== null) throw isDisabledError();
        const delivery = await operations.replayDelivery(id, deliveryId, nowMs);
        if (delivery === undefined) throw notFound();
        return delivery;
      }).finally(wake),
  };
}

/** Throws `not_found` also for an endpoint that the actor may not see. */
async function findWebhook(
  operations: Pick<ManagementOperations, 'findEndpoint'>,
  actor: Actor,
  id: string,
  access: 'read' | 'write',
): Promise<WebhookEndpoint> {
  const endpoint = await operations.findEndpoint(id);
  if (endpoint === undefined) throw notFound();
  const isForeign = actor.kind !== 'operator' && actor.orgId !== endpoint.orgId;
  if (isForeign || (endpoint.orgId === null && !isOfOperator(actor))) throw notFound();
  assertMayReach(actor, endpoint.orgId, access);
  return endpoint;
}

/** Whether the operator acts, with a token that names no organization or with none. */
function isOfOperator(actor: Actor): boolean {
  return actor.kind === 'operator' && actor.token?.org === undefined;
}

/** Its events tell of keys of every API, so a token that reaches some APIs only may not see it. */
function assertMayReach(actor: Actor, orgId: string | null, access: 'read' | 'write'): void {
  if (orgId === null) {
    assertOperator(actor, access === 'read' ? 'read' : 'change');
    return;
  }
  assertMayIn(actor, orgId, `webhook.${access}`);
  if (actor.kind === 'key') throw notFound();
  if (actor.kind === 'operator' && actor.token !== undefined && actor.token.apis !== 'all') {
    throw tokenNotAllowed('reaches keys of some APIs only');
  }
}

function checkSignature(signature: string | undefined, format: WebhookFormat): WebhookEndpoint['signature'] {
  if (format === 'alertmanager') {
    if (signature === undefined) return 'none';
    throw invalidInput('signature', 'leave it out: Alertmanager verifies none');
  }
  const kind = signatureKinds.find((each) => each === (signature ?? 'hmac'));
  if (kind === undefined) throw invalidInput('signature', `must be ${signatureKinds.join(' or ')}`);
  return kind;
}

const alertsPath = '/api/v2/alerts';

/** The place where an Alertmanager takes alerts, from its address or from that place itself. */
function alertsUrlOf(text: string): string {
  const url = new URL(text);
  const path = url.pathname.replace(/\/+$/, '');
  if (!path.endsWith(alertsPath)) url.pathname = path + alertsPath;
  return url.href;
}

function checkTypes(types: readonly string[] | undefined, format: WebhookFormat): WebhookEndpoint['types'] {
  if (types === undefined) return 'all';
  if (types.length === 0) throw invalidInput('types', 'is empty: name at least one type, or leave it out for all');
  const known = format === 'alertmanager' ? alertTypes : (Object.keys(eventTypes) as EventType[]);
  for (const [at, type] of types.entries()) {
    if (known.some((each) => each === type)) continue;
    if (Object.hasOwn(eventTypes, type)) {
      throw invalidInput(`types[${at}]`, `is no alert: name some of ${alertTypes.join(', ')}`);
    }
    throw invalidInput(`types[${at}]`, `is no type of event: ${suggestName(type, known)}`);
  }
  return known.filter((type) => types.includes(type)).sort();
}

/** The state of an endpoint for the audit log, without its secret. A query of the URL may hold one, so it is left out. */
function describe({
  name,
  url,
  types,
  format,
  signature,
  disabled,
}: Omit<WebhookEndpoint, 'id' | 'orgId'>): AuditState {
  const { origin, pathname } = new URL(url);
  const because = disabled?.because ?? null;
  return { name, url: `${origin}${pathname}`, types, format, signature, disabledBecause: because };
}

function differ(before: AuditState, after: AuditState): { before: AuditState; after: AuditState } {
  const changed = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (state: AuditState) => Object.fromEntries(changed.map((name) => [name, state[name]]));
  return { before: pick(before), after: pick(after) };
}

function isDisabledError(): ManagementError {
  return new ManagementError('webhook_disabled', 'The webhook is disabled: enable it first.');
}
