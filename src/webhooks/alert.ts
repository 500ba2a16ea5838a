// An event as an alert of Alertmanager: the body of POST /api/v2/alerts.
import { oneDayMs } from '../domain/durations.ts';
import type { EventData, EventType } from '../domain/webhook-event.ts';
import type { DueDelivery } from './ports.ts';

interface Alert {
  readonly name: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly summary: string;
}

const alerts: Readonly<Partial<Record<EventType, Alert>>> = {
  'key.expiring': { name: 'MiftahKeyExpiring', severity: 'warning', summary: 'A key expires soon' },
  'key.expired': { name: 'MiftahKeyExpired', severity: 'critical', summary: 'A key has expired' },
  'key.unused': { name: 'MiftahKeyUnused', severity: 'info', summary: 'A key was not used for 90 days' },
  'organization.suspended': {
    name: 'MiftahOrganizationSuspended',
    severity: 'warning',
    summary: 'An organization was suspended',
  },
  'webhook.disabled': { name: 'MiftahWebhookDisabled', severity: 'critical', summary: 'Miftah disabled a webhook' },
  'alert.raised': { name: 'MiftahUnusualActivity', severity: 'warning', summary: 'A rule found unusual activity' },
  'webhook.test': { name: 'MiftahWebhookTest', severity: 'info', summary: 'Someone tested the webhook' },
};

const unknownAlert = { name: 'MiftahEvent', severity: 'info' } as const;

/** Alertmanager resolves an alert at its end. Nothing says when a cause is gone, so an alert lasts a day. */
const lastsMs = oneDayMs;

/**
 * The body for one event. Attempts and replays have the same labels, so Alertmanager knows them as one alert. `nowMs`:
 * when the attempt is made.
 */
export function alertOf({ type, atMs, data }: DueDelivery['event'], nowMs: number): string {
  // An endpoint for Alertmanager gets the types above alone. A newer version may have written another one.
  const { name, severity, summary } = alerts[type as EventType] ?? { ...unknownAlert, summary: type };
  const { id, organization, days, after } = JSON.parse(data) as EventData;
  const labels = {
    alertname: name,
    severity,
    source: 'miftah',
    event: type,
    id,
    ...(organization !== null && { organization }),
    ...(days !== undefined && { days: String(days) }),
    ...keepTexts({ api: after?.api, environment: after?.environment }),
  };
  const named = {
    name: after?.name,
    masked: after?.masked,
    expiresAt: after?.expiresAt,
    because: after?.disabledBecause,
    rule: after?.rule,
  };
  const annotations = { summary, ...keepTexts(named) };
  return JSON.stringify([
    {
      labels,
      annotations,
      startsAt: new Date(atMs).toISOString(),
      endsAt: new Date(nowMs + lastsMs).toISOString(),
    },
  ]);
}

/** Labels and annotations are texts that are not empty. */
function keepTexts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    ),
  );
}
