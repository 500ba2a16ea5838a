// Commands on alerts: they are found, acknowledged and muted, and their rules are switched and tried.
import { type Actor, auditOf } from '../domain/actor.ts';
import { type AddressMode, parseAddressEntry } from '../domain/address.ts';
import {
  type Alert,
  type Finding,
  type RuleDescription,
  type RuleId,
  type RuleSettings,
  ruleIds,
  type SettingName,
} from '../domain/alert.ts';
import type { AuditAction, AuditState } from '../domain/audit-record.ts';
import { suggestName } from '../domain/closest-name.ts';
import { countriesSetting } from '../domain/country.ts';
import { oneDayMs } from '../domain/durations.ts';
import { reachesApi } from '../domain/grant.ts';
import { invalidInput, notFound } from './management-error.ts';
import { parseOverlap } from './overlap.ts';
import type { ManagementParts } from './parts.ts';
import type { AlertFilter, AlertSwitch, CommandOptions, ManagementOperations, Page, PageRequest } from './ports.ts';
import { assertMayIn, assertMaySet, assertNarrowed, assertOperator, namesOf, readActor } from './rights.ts';

/** A rule with its switch and all its numbers. */
export interface AlertRule extends Omit<RuleDescription, 'settings' | 'needs'> {
  readonly isOn: boolean;
  /** The setting of the configuration without which it finds nothing, if that is not set. */
  readonly missing: string | null;
  readonly settings: readonly (RuleDescription['settings'][string] & {
    readonly name: SettingName;
    readonly value: number;
  })[];
}

/** A change of a key that would help. It names an existing operation on the key of the alert. */
export interface AlertFix {
  readonly operation: 'restrict' | 'rotate' | 'disable' | 'revoke';
  /** Of `restrict`: the addresses that the key was used from before, and those that it has. */
  readonly addresses?: readonly string[];
  /** Of `rotate`. */
  readonly overlap?: string;
}

/** An alert with what would help. */
export interface AlertWithFixes {
  readonly alert: Alert;
  /** Empty: the alert is not about a key, or the key is revoked. */
  readonly fixes: readonly AlertFix[];
}

/** What a rule would have raised. */
export interface RulePreview {
  readonly fromMs: number;
  readonly toMs: number;
  /** Newest first. */
  readonly alerts: readonly Finding[];
  readonly keys: { readonly replayed: number; readonly used: number };
}

export interface AlertQuery {
  readonly orgId?: string | undefined;
  readonly apiId?: string | undefined;
  readonly rule?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly isAcknowledged?: boolean | undefined;
}

export interface RuleUpdate {
  readonly isOn?: boolean | undefined;
  /** Numbers by name. Names that are left out keep their numbers. */
  readonly settings?: RuleSettings | undefined;
}

type Options = Pick<CommandOptions<never>, 'onHeld'>;

/**
 * Alerts about keys belong to their organization: its owners and admins, and operators, see them. All others belong to
 * the operator. Each change writes its audit entry in its transaction.
 */
export interface AlertCommands {
  listAlerts(actor: Actor, query: AlertQuery, page: PageRequest): Promise<Page<Alert>>;
  /** How many no one has acknowledged, of one organization or of all. */
  countOpenAlerts(actor: Actor, orgId: string | undefined): Promise<number>;
  getAlert(actor: Actor, id: string): Promise<AlertWithFixes>;
  /** Notes that someone has seen it. Idempotent. */
  acknowledgeAlert(actor: Actor, id: string, options?: Options): Promise<Alert>;
  /** Its rule raises no alert of its subject for a duration such as `7d`. `now`: it may again. */
  muteAlert(actor: Actor, id: string, mutedFor: string, options?: Options): Promise<Alert>;
  /** In a fixed order. */
  listRules(actor: Actor): Promise<readonly AlertRule[]>;
  /** The rules about keys that are on, for the readers of an organization's alerts. */
  listKeyRulesOn(actor: Actor, orgId: string): Promise<readonly RuleId[]>;
  updateRule(actor: Actor, rule: string, update: RuleUpdate, options?: Options): Promise<AlertRule>;
  /** Replays the rule over the last 30 days. Numbers that are left out are those of the rule. Changes nothing. */
  previewRule(
    actor: Actor,
    rule: string,
    settings: RuleSettings,
    filter?: { readonly orgId?: string | undefined },
  ): Promise<RulePreview>;
}

export interface AlertParts extends ManagementParts {
  readonly rules: readonly RuleDescription[];
  /** Whether a database of countries is there. */
  readonly hasCountries: boolean;
  readonly preview: (
    what: { readonly rule: RuleId; readonly settings: RuleSettings; readonly orgId?: string },
    nowMs: number,
  ) => Promise<RulePreview>;
}

const nothing = { digests: [], orgIds: [] };
const learnedMs = 30 * oneDayMs;
/** More than a list has in practice, and few enough for one request. */
const maxLearned = 50;

export function createAlertCommands(parts: AlertParts): AlertCommands {
  const { store, apis, coherence, clock, rules, hasCountries, preview } = parts;

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

  function changeAlert(
    caller: Actor,
    id: string,
    onHeld: Options['onHeld'],
    work: (
      alert: Alert,
      operations: ManagementOperations,
      nowMs: number,
    ) => Promise<{ action: Extract<AuditAction, `alert.${string}`>; after: AuditState } | undefined>,
  ): Promise<Alert> {
    return change(caller, onHeld, async (actor, operations, nowMs) => {
      const alert = await findAlert(operations, actor, id, 'write', nowMs);
      const did = await work(alert, operations, nowMs);
      if (did === undefined) return alert;
      const { action, after } = did;
      const about = { rule: alert.rule, subject: alert.subject.id, ...after };
      const target = { kind: 'alert', id };
      await operations.appendAudit(
        auditOf(actor, nowMs, { action, target, orgId: alert.orgId, before: null, after: about }),
      );
      return (await operations.findAlert(id, nowMs)) ?? alert;
    });
  }

  return {
    async listAlerts(actor, { rule, ...query }, page) {
      if (actor.kind === 'operator') assertNarrowed(actor, query);
      else if (query.orgId === undefined) throw notFound();
      if (query.orgId !== undefined) assertMayIn(actor, query.orgId, 'alert.read');
      if (actor.kind === 'key') throw notFound();
      const filter: AlertFilter = { ...query, rule: rule === undefined ? undefined : findRule(rule).id };
      return store.listAlerts(filter, page, clock.nowMs());
    },

    async countOpenAlerts(actor, orgId) {
      if (orgId === undefined) assertOperator(actor, 'read');
      else assertMayIn(actor, orgId, 'alert.read');
      if (actor.kind === 'key') throw notFound();
      return store.countOpenAlerts(orgId);
    },

    async getAlert(actor, id) {
      const alert = await findAlert(store, actor, id, 'read', clock.nowMs());
      return { alert, fixes: await listFixes(alert) };
    },

    async acknowledgeAlert(caller, id, { onHeld } = {}) {
      assertMaySet(caller, 'alert', ['isAcknowledged']);
      return changeAlert(caller, id, onHeld, async (alert, operations, nowMs) => {
        const isNew = await operations.acknowledgeAlert(alert.id, nowMs);
        return isNew ? { action: 'alert.acknowledged', after: {} } : undefined;
      });
    },

    async muteAlert(caller, id, mutedFor, { onHeld } = {}) {
      assertMaySet(caller, 'alert', ['mutedFor']);
      const forMs = parseOverlap(mutedFor, 'for');
      if (forMs === Number.POSITIVE_INFINITY)
        throw invalidInput('for', 'must be a duration of at most 30 days, or now');
      return changeAlert(caller, id, onHeld, async (alert, operations, nowMs) => {
        const untilMs = forMs === 0 ? null : nowMs + forMs;
        if (untilMs === alert.mutedUntilMs) return undefined;
        await operations.muteAlert(alert, untilMs);
        const mutedUntil = untilMs === null ? null : new Date(untilMs).toISOString();
        return { action: 'alert.muted', after: { mutedUntil } };
      });
    },

    async listRules(actor) {
      assertOperator(actor, 'read');
      const switches = await store.listSwitches();
      return rules.map((rule) => show(rule, switches));
    },

    async listKeyRulesOn(actor, orgId) {
      assertMayIn(actor, orgId, 'alert.read');
      if (actor.kind === 'key') throw notFound();
      const switches = await store.listSwitches();
      return rules
        .map((rule) => show(rule, switches))
        .filter(({ subject, isOn }) => subject === 'key' && isOn)
        .map(({ id }) => id);
    },

    async updateRule(caller, id, update, { onHeld } = {}) {
      assertOperator(caller);
      assertMaySet(caller, 'alertRule', namesOf(update));
      const rule = rules.find((each) => each.id === id);
      if (rule === undefined) throw notFound();
      checkSettings(rule, update.settings ?? {});
      if (update.isOn === true) checkNeeds(rule, 'on');
      return change(caller, onHeld, async (actor, operations, nowMs) => {
        assertOperator(actor);
        const switches = await operations.listSwitches();
        const before = switches.find((each) => each.rule === rule.id);
        const isOn = update.isOn ?? before?.isOn ?? rule.isOnByDefault;
        const settings = { ...before?.settings, ...update.settings };
        const after: AlertSwitch = { rule: rule.id, isOn, settings };
        const [stateBefore, stateAfter] = [describe(show(rule, switches)), describe(show(rule, [after]))];
        if (JSON.stringify(stateBefore) !== JSON.stringify(stateAfter)) {
          await operations.switchRule(rule.id, isOn, settings);
          const target = { kind: 'alert_rule', id: rule.id };
          const did = { action: 'alert.rule_changed', target, orgId: null } as const;
          await operations.appendAudit(auditOf(actor, nowMs, { ...did, before: stateBefore, after: stateAfter }));
        }
        return show(rule, [after]);
      });
    },

    async previewRule(actor, id, settings, { orgId } = {}) {
      if (orgId === undefined) assertOperator(actor, 'read');
      else assertMayIn(actor, orgId, 'alert.read');
      if (actor.kind === 'key') throw notFound();
      if (actor.kind === 'operator') assertNarrowed(actor, { orgId });
      const rule = rules.find((each) => each.id === id);
      if (rule === undefined) throw notFound();
      checkSettings(rule, settings);
      checkNeeds(rule, 'rule');
      const own = (await store.listSwitches()).find((each) => each.rule === rule.id);
      const numbers = { ...own?.settings, ...settings };
      return preview({ rule: rule.id, settings: numbers, ...(orgId !== undefined && { orgId }) }, clock.nowMs());
    },
  };

  function show(rule: RuleDescription, switches: readonly AlertSwitch[]): AlertRule {
    return describeRule(rule, switches, missingOf(rule));
  }

  function missingOf({ needs }: RuleDescription): string | null {
    return needs === 'countries' && !hasCountries ? countriesSetting : null;
  }

  function checkNeeds(rule: RuleDescription, field: string): void {
    const missing = missingOf(rule);
    if (missing !== null) throw invalidInput(field, `${rule.id} finds nothing without ${missing}: set it`);
  }

  function findRule(text: string): RuleDescription {
    const rule = rules.find(({ id }) => id === text);
    if (rule === undefined) throw invalidInput('rule', `is no rule: ${suggestName(text, ruleIds)}`);
    return rule;
  }

  async function listFixes({ subject, hourMs, orgId }: Alert): Promise<readonly AlertFix[]> {
    const key = subject.kind === 'key' ? await store.findKey(subject.id) : undefined;
    if (key === undefined || key.orgId !== orgId || key.revokedAtMs !== null) return [];
    const policy = apis.get(key.apiId)?.policy;
    const known = await store.listKnownAddresses(key.id, {
      ...{ fromMs: hourMs - learnedMs, toMs: hourMs, limit: maxLearned },
    });
    const addresses = learn(key.restrictions.addresses, known, policy?.addresses.mode ?? 'none');
    return [
      ...(addresses.length > 0 ? [{ operation: 'restrict', addresses } as const] : []),
      ...(policy?.canRotate === true ? [{ operation: 'rotate', overlap: '24h' } as const] : []),
      ...(policy?.canDisable === true && key.disabledAtMs === null ? [{ operation: 'disable' } as const] : []),
      { operation: 'revoke' },
    ];
  }
}

/** The list of a key with what was learned. Empty: nothing that the API accepts was learned. */
function learn(listed: readonly string[], known: readonly string[], mode: AddressMode): readonly string[] {
  const entries = known.flatMap((address) => {
    const parsed = parseAddressEntry(address, mode);
    return parsed.ok ? [parsed.entry] : [];
  });
  return entries.length === 0 ? [] : [...new Set([...listed, ...entries])];
}

/** Throws `not_found` also for an alert that the actor may not see. */
async function findAlert(
  operations: Pick<ManagementOperations, 'findAlert'>,
  actor: Actor,
  id: string,
  access: 'read' | 'write',
  nowMs: number,
): Promise<Alert> {
  const alert = await operations.findAlert(id, nowMs);
  if (alert === undefined || actor.kind === 'key') throw notFound();
  if (alert.orgId !== null) {
    assertMayIn(actor, alert.orgId, `alert.${access}`);
  } else {
    if (actor.kind !== 'operator') throw notFound();
    assertOperator(actor, access === 'read' ? 'read' : 'change');
  }
  const isReached =
    actor.kind !== 'operator' ||
    actor.token === undefined ||
    alert.apiId === null ||
    reachesApi(actor.token, alert.apiId);
  if (!isReached) throw notFound();
  return alert;
}

function checkSettings({ settings }: RuleDescription, given: RuleSettings): void {
  for (const [name, value] of Object.entries(given)) {
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    const field = `settings.${name}`;
    if (setting === undefined) {
      throw invalidInput(field, `is no setting of this rule: ${suggestName(name, Object.keys(settings))}`);
    }
    if (!Number.isSafeInteger(value) || value < setting.min || value > setting.max) {
      throw invalidInput(field, `must be an integer from ${setting.min} to ${setting.max}`);
    }
  }
}

function describeRule(rule: RuleDescription, switches: readonly AlertSwitch[], missing: string | null): AlertRule {
  const own = switches.find((each) => each.rule === rule.id);
  const { settings, needs: _, ...description } = rule;
  return {
    ...description,
    missing,
    isOn: own?.isOn ?? rule.isOnByDefault,
    settings: Object.entries(settings).map(([name, setting]) => ({
      ...{ name: name as SettingName, value: own?.settings[name] ?? setting.default },
      ...setting,
    })),
  };
}

function describe({ isOn, settings }: AlertRule): AuditState {
  return { isOn, settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])) };
}
