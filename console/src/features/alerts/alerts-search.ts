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

/** Leaves out what is unknown. */
export function readAlertsSearch({
  rule,
  key,
  state,
}: { [name in keyof AlertsSearch]?: string | undefined }): AlertsSearch {
  const knownRule = asRule(rule);
  const knownState = states.find((each) => each === state);
  return {
    ...(knownRule !== undefined && { rule: knownRule }),
    ...(key !== undefined && key !== '' && { key }),
    ...(knownState !== undefined && { state: knownState }),
  };
}
