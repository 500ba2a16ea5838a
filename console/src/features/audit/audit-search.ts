// What the audit page keeps in its address.

/** First parts of actions: `key` stands for all actions that begin with `key.`. */
export const actionKinds = ['key', 'member', 'invitation', 'org'] as const;
export type ActionKind = (typeof actionKinds)[number];

export const times = ['24h', '7d', '30d', '90d'] as const;
export type Time = (typeof times)[number];

export interface AuditSearch {
  readonly action?: ActionKind;
  /** The id or the e-mail address of the actor. */
  readonly actor?: string;
  /** The id of the changed record. */
  readonly target?: string;
  readonly time?: Time;
  /** Instants, without `time`: from the first, before the second. */
  readonly from?: string;
  readonly to?: string;
}

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const action = actionKinds.find((each) => each === search.action);
  const time = times.find((each) => each === search.time);
  return {
    ...(action !== undefined && { action }),
    ...(isText(search.actor) && { actor: search.actor }),
    ...(isText(search.target) && { target: search.target }),
    ...(time !== undefined && { time }),
    ...(time === undefined && isInstant(search.from) && { from: search.from }),
    ...(time === undefined && isInstant(search.to) && { to: search.to }),
  };
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 100;
}
