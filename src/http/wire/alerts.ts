// Alerts and their rules on the wire, for both APIs.
import { z } from '@hono/zod-openapi';
import {
  type AddressCount,
  type Alert,
  countNames,
  type Evidence,
  ruleIds,
  settingNames,
  settingUnits,
  subjectKinds,
} from '../../domain/alert.ts';
import type { AlertFix, AlertQuery, AlertRule, RulePreview } from '../../management/alerts.ts';
import { plainListQuery, toInstant, toInstantOrNull } from './schemas.ts';

const instant = z.string().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.000Z' });
const counts = z.partialRecord(z.enum(countNames), z.int());

const evidenceSchema = z
  .object({
    counts: counts.openapi({ description: 'Numbers of the hour, by name', example: { requests: 5200 } }),
    baseline: counts.openapi({ description: 'What the rule compared with', example: { requests: 840 } }),
    addresses: z
      .array(z.object({ address: z.string(), count: z.int(), refused: z.int() }))
      .openapi({ description: 'The addresses behind it, at most 10; empty text: all others of the hour' }),
    words: z.array(z.string()).openapi({ description: 'Reasons, actions, APIs, routes or countries that say more' }),
  })
  .openapi('AlertEvidence');

const subjectSchema = z.object({
  kind: z.enum(subjectKinds),
  id: z.string().openapi({ description: 'The id of the key or person, or the address' }),
});

/** An alert in replies. */
export const alertSchema = z
  .object({
    id: z.string().openapi({ example: 'alt_4Wc1bXnE0kQxv9TzJr2s' }),
    rule: z.enum(ruleIds),
    subject: subjectSchema,
    org: z.string().nullable().openapi({ description: 'null: it concerns the operator only' }),
    api: z.string().nullable(),
    hour: instant.openapi({ description: 'The start of the hour in which it was found' }),
    lastHour: instant.openapi({ description: 'The last hour of the cool-down in which the same was found' }),
    hours: z.int().openapi({ description: 'Hours in which it was found, the first included' }),
    raisedAt: instant,
    acknowledgedAt: instant.nullable(),
    mutedUntil: instant.nullable().openapi({ description: 'Until when no other alert is raised of this subject' }),
    evidence: evidenceSchema,
  })
  .openapi('Alert');

const fixSchema = z
  .object({
    operation: z.enum(['restrict', 'rotate', 'disable', 'revoke']),
    method: z.enum(['PATCH', 'POST', 'DELETE']),
    path: z.string().openapi({ example: '/v1/keys/key_3nVb7Lw0QeYp/rotate' }),
    body: z.record(z.string(), z.unknown()).nullable().openapi({ description: 'null: it needs none' }),
  })
  .openapi('AlertFix');

export const alertWithFixesSchema = alertSchema
  .extend({
    fixes: z
      .array(fixSchema)
      .openapi({ description: 'Calls that would help. restrict: to the addresses of the 30 days before' }),
  })
  .openapi('AlertWithFixes');

const settingSchema = z.object({
  name: z.enum(settingNames),
  value: z.int(),
  default: z.int(),
  min: z.int(),
  max: z.int(),
  unit: z.enum(settingUnits),
  text: z.string(),
});

export const alertRuleSchema = z
  .object({
    id: z.enum(ruleIds),
    text: z.string(),
    subject: z.enum(subjectKinds),
    on: z.boolean(),
    onByDefault: z.boolean(),
    missing: z.string().nullable().openapi({
      description: 'The setting without which the rule finds nothing. `null`: it needs none, or the setting is there',
      example: 'countries.database',
    }),
    settings: z.array(settingSchema),
  })
  .openapi('AlertRule');

const settingsIn = z
  .record(z.string(), z.number())
  .openapi({ description: 'Numbers by name; others stay', example: { factor: 6 } });

export const ruleUpdateSchema = z
  .strictObject({ on: z.boolean().optional(), settings: settingsIn.optional() })
  .openapi('AlertRuleUpdate');

export const previewInputSchema = z.strictObject({ settings: settingsIn.optional() }).openapi('AlertPreviewInput');

export const previewedSchema = z.object({
  subject: subjectSchema,
  org: z.string().nullable(),
  hour: instant,
  evidence: evidenceSchema,
});

export const previewSchema = z
  .object({
    from: instant,
    to: instant,
    alerts: z.int().openapi({ description: 'How many alerts it would have raised' }),
    subjects: z.int().openapi({ description: 'Of how many keys, addresses or persons' }),
    keysReplayed: z.int(),
    keysUsed: z.int().openapi({ description: 'More than keysReplayed: the others were not replayed' }),
    latest: z.array(previewedSchema).openapi({ description: 'The latest of them, at most 20' }),
  })
  .openapi('AlertPreview');

export const muteSchema = z
  .strictObject({
    for: z.string().openapi({ description: 'A duration of at most 30 days; now: it ends', example: '7d' }),
  })
  .openapi('AlertMute');

export const alertListQuery = plainListQuery.extend({
  api: z.string().max(200).optional().openapi({ description: 'Only about keys of this API' }),
  rule: z.string().max(200).optional().openapi({ description: 'Only of this rule', example: 'new_network' }),
  subject: z.string().max(200).optional().openapi({ description: 'The id of a key or person, or an address' }),
  acknowledged: z
    .enum(['true', 'false'])
    .optional()
    .openapi({ description: 'Only those that someone has acknowledged, or that no one has' }),
});

/** The filter of a query. */
export function toAlertQuery(
  { api: apiId, rule, subject: subjectId, acknowledged }: z.infer<typeof alertListQuery>,
  orgId: string | undefined,
): AlertQuery {
  const isAcknowledged = acknowledged === undefined ? undefined : acknowledged === 'true';
  return { orgId, apiId, rule, subjectId, isAcknowledged };
}

export function toAlert(alert: Alert): z.infer<typeof alertSchema> {
  const { id, rule, subject, orgId, apiId, hourMs, lastHourMs, hours, raisedAtMs } = alert;
  return {
    ...{ id, rule, subject, org: orgId, api: apiId, hour: toInstant(hourMs), lastHour: toInstant(lastHourMs), hours },
    raisedAt: toInstant(raisedAtMs),
    acknowledgedAt: toInstantOrNull(alert.acknowledgedAtMs),
    mutedUntil: toInstantOrNull(alert.mutedUntilMs),
    evidence: toEvidence(alert.evidence),
  };
}

function toEvidence({ counts, baseline, addresses, words }: Evidence): z.infer<typeof evidenceSchema> {
  const toAddress = ({ address, count, refused }: AddressCount) => ({ address, count, refused });
  return {
    counts: { ...counts },
    baseline: { ...baseline },
    addresses: addresses.map(toAddress),
    words: [...words],
  };
}

type FixCall = z.infer<typeof fixSchema>;

/** The calls on `keyPath`, the path of the alert's key. */
export function toFixes(fixes: readonly AlertFix[], keyPath: string): FixCall[] {
  return fixes.map((fix) => toCall(fix, keyPath));
}

function toCall({ operation, addresses, overlap }: AlertFix, path: string): FixCall {
  switch (operation) {
    case 'restrict':
      return { operation, method: 'PATCH', path, body: { addresses } };
    case 'rotate':
      return { operation, method: 'POST', path: `${path}/rotate`, body: { overlap } };
    case 'disable':
      return { operation, method: 'POST', path: `${path}/disable`, body: null };
    case 'revoke':
      return { operation, method: 'DELETE', path, body: null };
  }
}

export function toRule({ id, text, subject, isOn, isOnByDefault, missing, settings }: AlertRule) {
  return {
    id,
    text,
    subject,
    on: isOn,
    onByDefault: isOnByDefault,
    missing,
    settings: settings.map((each) => ({ ...each })),
  };
}

const shownAlerts = 20;

export function toPreview({ fromMs, toMs, alerts, keys }: RulePreview): z.infer<typeof previewSchema> {
  return {
    ...{ from: toInstant(fromMs), to: toInstant(toMs), alerts: alerts.length },
    subjects: new Set(alerts.map(({ subject }) => subject.id)).size,
    ...{ keysReplayed: keys.replayed, keysUsed: keys.used },
    latest: alerts.slice(0, shownAlerts).map(({ subject, orgId, hourMs, evidence }) => ({
      ...{ subject, org: orgId, hour: toInstant(hourMs), evidence: toEvidence(evidence) },
    })),
  };
}
