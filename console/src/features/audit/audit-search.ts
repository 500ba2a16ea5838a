// What the audit page keeps in its address.
import { type Period, readPeriod } from '../../ui/period.ts';

/** First parts of actions: `key` stands for all actions that begin with `key.`. */
export const actionKinds = ['key', 'member', 'invitation', 'org'] as const;
export type ActionKind = (typeof actionKinds)[number];

export const times = ['24h', '7d', '30d', '90d'] as const;
export type Time = (typeof times)[number];

export interface AuditSearch extends Period {
  readonly action?: ActionKind;
  /** The id or the e-mail address of the actor. */
  readonly actor?: string;
  /** The id of the changed record. */
  readonly target?: string;
  /** With a period there is none. */
  readonly time?: Time;
}

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const action = actionKinds.find((each) => each === search.action);
  const time = times.find((each) => each === search.time);
  return {
    ...(action !== undefined && { action }),
    ...(isText(search.actor) && { actor: search.actor }),
    ...(isText(search.target) && { target: search.target }),
    ...(time !== undefined && { time }),
    ...(time === undefined && readPeriod(search)),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 100;
}
