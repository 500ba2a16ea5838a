// What the pages of alerts keep in their addresses.
import { asRule, type RuleId } from '../../entities/alerts/rules.ts';

export const states = ['open', 'acknowledged'] as const;
export type State = (typeof states)[number];

export interface AlertsSearch {
  readonly rule?: RuleId;
  /** The id of a key. */
  readonly key?: string;
  /** Left out: both. */
  readonly state?: State;
}

export function readAlertsSearch({ rule, key, state }: Record<string, unknown>): AlertsSearch {
  const knownRule = typeof rule === 'string' ? asRule(rule) : undefined;
  const knownState = states.find((each) => each === state);
  return {
    ...(knownRule !== undefined && { rule: knownRule }),
    ...(typeof key === 'string' && key !== '' && { key }),
    ...(knownState !== undefined && { state: knownState }),
  };
}
