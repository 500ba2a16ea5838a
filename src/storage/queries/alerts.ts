// Alerts: raised in one transaction with their events, found, acknowledged, muted and removed.
import { type Kysely, sql } from 'kysely';
import type { EvaluationPlace, EvaluationStore } from '../../alerts/ports.ts';
import { type Alert, type Evidence, type Finding, ruleIds, subjectKinds } from '../../domain/alert.ts';
import { oneHourMs } from '../../domain/durations.ts';
import { randomBase62 } from '../../domain/secret.ts';
import { newEvent, type WebhookEvent } from '../../domain/webhook-event.ts';
import type { AlertFilter, Page, PageRequest } from '../../management/ports.ts';
import type { Database } from '../schema.ts';
import { transact } from '../transact.ts';
import { createAlertReader } from './alert-counters.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { isFreeFor } from './held-rights.ts';
import { readInteger, readNullable, readOneOf, readRecord, readText } from './records.ts';
import { recordEvents } from './webhooks.ts';

/**
 * The evaluator's store. Transactions of `chained` follow each other, so that an endpoint of webhooks that is created
 * meanwhile misses no event.
 */
export function createEvaluationStore(
  reader: Kysely<Database>,
  scanner: Kysely<Database>,
  writer: Kysely<Database>,
  chained: Kysely<Database>,
): EvaluationStore {
  return {
    ...createAlertReader(scanner),
    async claim(holder, nowMs, untilMs) {
      const { numUpdatedRows } = await writer
        .updateTable('alert_evaluator')
        .set({ holder, held_until: untilMs })
        .where(isFreeFor({ holder: 'holder', until: 'held_until' }, holder, nowMs))
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    async release(holder) {
      const row = writer.updateTable('alert_evaluator').set({ holder: null, held_until: 0 });
      await row.where('holder', '=', holder).execute();
    },
    async findPlace() {
      const row = await reader.selectFrom('alert_evaluator').selectAll().executeTakeFirstOrThrow();
      return {
        hourMs: readInteger(row.next_hour),
        afterKeySeq: readInteger(row.after_key),
        auditSeq: readInteger(row.audit_seq),
      };
    },
    raise: (move, findings) =>
      transact(chained, async (transaction) =>
        (await movePlace(transaction, move)) ? raiseAll(transaction, findings, move.nowMs) : undefined,
      ),
    async removeOld(beforeMs, nowMs) {
      await writer.deleteFrom('alert_mutes').where('until', '<=', nowMs).execute();
      const { numDeletedRows } = await writer
        .deleteFrom('alerts')
        .where('seq', 'in', (old) =>
          old.selectFrom('alerts').select('seq').where('raised_at', '<', beforeMs).orderBy('raised_at').limit(500),
        )
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows) === 500;
    },
  };
}

/** `false`: the place is another one, or the right belongs to another node. */
async function movePlace(
  db: Kysely<Database>,
  { holder, from, to }: { readonly holder: string; readonly from: EvaluationPlace; readonly to: EvaluationPlace },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('alert_evaluator')
    .set({ next_hour: to.hourMs, after_key: to.afterKeySeq, audit_seq: to.auditSeq })
    .where('holder', '=', holder)
    .where('next_hour', '=', from.hourMs)
    .where('after_key', '=', from.afterKeySeq)
    .where('audit_seq', '=', from.auditSeq)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

async function raiseAll(db: Kysely<Database>, findings: readonly Finding[], nowMs: number): Promise<number> {
  const orgIds = [...new Set(findings.flatMap(({ orgId }) => orgId ?? []))];
  const living = new Set(
    orgIds.length === 0
      ? []
      : (
          await db
            .selectFrom('organizations')
            .select('id')
            .where('id', 'in', orgIds)
            .where('deleted_at', 'is', null)
            .execute()
        ).map(({ id }) => id),
  );
  const events: WebhookEvent[] = [];
  for (const finding of findings) {
    if (finding.orgId !== null && !living.has(finding.orgId)) continue;
    if ((await isMuted(db, finding, nowMs)) || (await countAgain(db, finding))) continue;
    events.push(await insert(db, finding, nowMs));
  }
  await recordEvents(db, events);
  return events.length;
}

async function isMuted(db: Kysely<Database>, { rule, subject }: Finding, nowMs: number): Promise<boolean> {
  const row = await db
    .selectFrom('alert_mutes')
    .select('until')
    .where('rule', '=', rule)
    .where('subject', '=', subject.id)
    .where('until', '>', nowMs)
    .executeTakeFirst();
  return row !== undefined;
}

/** Counts a finding in the alert in whose cool-down it comes. `false`: there is no such alert. */
async function countAgain(
  db: Kysely<Database>,
  { rule, subject, variant, hourMs, coolDownHours }: Finding,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('alerts')
    .set(({ eb }) => ({ last_hour: hourMs, hours: eb('hours', '+', 1) }))
    .where('seq', '=', (latest) =>
      latest
        .selectFrom('alerts')
        .select('seq')
        .where('subject', '=', subject.id)
        .where('rule', '=', rule)
        .where('variant', '=', variant)
        .orderBy('seq', 'desc')
        .limit(1),
    )
    .where('hour', '>', hourMs - coolDownHours * oneHourMs)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

async function insert(db: Kysely<Database>, finding: Finding, nowMs: number): Promise<WebhookEvent> {
  const { rule, subject, variant, orgId, apiId, hourMs, evidence } = finding;
  const id = `alt_${randomBase62(20)}`;
  await db
    .insertInto('alerts')
    .values({
      ...{ id, rule, subject_kind: subject.kind, subject: subject.id, variant, org_id: orgId, api_id: apiId },
      ...{ hour: hourMs, last_hour: hourMs, hours: 1, raised_at: nowMs, evidence: JSON.stringify(evidence) },
      acknowledged_at: null,
    })
    .execute();
  return newEvent('alert.raised', nowMs, {
    id,
    organization: orgId,
    actor: { kind: 'system' },
    before: null,
    after: { rule, subject, api: apiId, hour: new Date(hourMs).toISOString(), evidence },
  });
}

function selectAlerts(db: Kysely<Database>, nowMs: number) {
  return db
    .selectFrom('alerts')
    .selectAll('alerts')
    .select(({ selectFrom }) =>
      selectFrom('alert_mutes')
        .select('until')
        .whereRef('alert_mutes.rule', '=', 'alerts.rule')
        .whereRef('alert_mutes.subject', '=', 'alerts.subject')
        .where('until', '>', nowMs)
        .as('muted_until'),
    );
}

/** Newest first. */
export async function listAlerts(
  db: Kysely<Database>,
  { orgId, apiId, rule, subjectId, isAcknowledged }: AlertFilter,
  { limit, cursor }: PageRequest,
  nowMs: number,
): Promise<Page<Alert>> {
  let query = selectAlerts(db, nowMs)
    .orderBy('alerts.seq', 'desc')
    .limit(limit + 1);
  if (orgId !== undefined) query = query.where('alerts.org_id', '=', orgId);
  if (apiId !== undefined) query = query.where('api_id', '=', apiId);
  if (rule !== undefined) query = query.where('alerts.rule', '=', rule);
  if (subjectId !== undefined) query = query.where('alerts.subject', '=', subjectId);
  if (isAcknowledged !== undefined) query = query.where('acknowledged_at', isAcknowledged ? 'is not' : 'is', null);
  if (cursor !== undefined) query = query.where('alerts.seq', '<', parseCursor(cursor, 1)[0] as number);
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(readAlert),
    nextCursor: last === undefined ? null : formatCursor(readInteger(last.seq)),
  };
}

/** `undefined`: there is no such alert. */
export async function findAlert(db: Kysely<Database>, id: string, nowMs: number): Promise<Alert | undefined> {
  const row = await selectAlerts(db, nowMs).where('alerts.id', '=', id).executeTakeFirst();
  return row && readAlert(row);
}

/** `orgId` `undefined`: of all organizations and the operator. */
export async function countOpenAlerts(db: Kysely<Database>, orgId: string | undefined): Promise<number> {
  let query = db.selectFrom('alerts').select(({ fn }) => fn.countAll().as('open'));
  if (orgId !== undefined) query = query.where('org_id', '=', orgId);
  const { open } = await query.where('acknowledged_at', 'is', null).executeTakeFirstOrThrow();
  return readInteger(open);
}

/** `false`: it was acknowledged before, or there is no such alert. */
export async function acknowledgeAlert(db: Kysely<Database>, id: string, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('alerts')
    .set({ acknowledged_at: nowMs })
    .where('id', '=', id)
    .where('acknowledged_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Mutes the rule and subject of an alert. `untilMs` `null`: ends it. */
export async function muteAlert(
  db: Kysely<Database>,
  { rule, subject, orgId }: Pick<Alert, 'rule' | 'subject' | 'orgId'>,
  untilMs: number | null,
): Promise<void> {
  await db.deleteFrom('alert_mutes').where('rule', '=', rule).where('subject', '=', subject.id).execute();
  if (untilMs === null) return;
  await db.insertInto('alert_mutes').values({ rule, subject: subject.id, org_id: orgId, until: untilMs }).execute();
}

/** Sets the switch and all numbers of a rule. */
export async function switchRule(
  db: Kysely<Database>,
  rule: string,
  isOn: boolean,
  settings: Readonly<Record<string, number>>,
): Promise<void> {
  const values = { is_on: Number(isOn), settings: JSON.stringify(settings) };
  await db
    .insertInto('alert_rules')
    .values({ rule, ...values })
    .onConflict((conflict) => conflict.column('rule').doUpdateSet(values))
    .execute();
}

/** The addresses from which a key was used before an hour, the most used first. */
export async function listKnownAddresses(
  db: Kysely<Database>,
  keyId: string,
  { fromMs, toMs, limit }: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
): Promise<readonly string[]> {
  const allowed = sql<number>`sum(key_addresses_hourly.count - key_addresses_hourly.refused)`;
  const rows = await db
    .selectFrom('key_addresses_hourly')
    .innerJoin('api_keys', 'api_keys.seq', 'key_addresses_hourly.key_seq')
    .select('address')
    .where('api_keys.id', '=', keyId)
    .where('hour', '>=', fromMs)
    .where('hour', '<', toMs)
    .where('address', '<>', '')
    .groupBy('address')
    .having(allowed, '>', 0)
    .orderBy(allowed, 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ address }) => readText(address));
}

/** Removes the alerts about a person. */
export async function removeAlertsOf(db: Kysely<Database>, subject: string): Promise<void> {
  await db.deleteFrom('alerts').where('subject', '=', subject).execute();
  await db.deleteFrom('alert_mutes').where('subject', '=', subject).execute();
}

function readAlert(
  row: { readonly [Column in keyof Database['alerts']]: unknown } & { readonly muted_until: unknown },
): Alert {
  return readRecord('alert', row.id, () => ({
    id: readText(row.id),
    rule: readOneOf(row.rule, ruleIds),
    subject: { kind: readOneOf(row.subject_kind, subjectKinds), id: readText(row.subject) },
    variant: readText(row.variant),
    orgId: readNullable(row.org_id, readText),
    apiId: readNullable(row.api_id, readText),
    hourMs: readInteger(row.hour),
    lastHourMs: readInteger(row.last_hour),
    hours: readInteger(row.hours),
    raisedAtMs: readInteger(row.raised_at),
    evidence: JSON.parse(readText(row.evidence)) as Evidence,
    acknowledgedAtMs: readNullable(row.acknowledged_at, readInteger),
    mutedUntilMs: readNullable(row.muted_until, readInteger),
  }));
}
