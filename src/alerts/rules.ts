// The table of rules: one row for each.
import { type RuleDescription, type RuleId, type RuleSettings, ruleIds } from '../domain/alert.ts';
import type { Rule } from './rule.ts';
import { deniedMore } from './rules/denied-more.ts';
import { dormantKey } from './rules/dormant-key.ts';
import { endedKey } from './rules/ended-key.ts';
import { keyExpiresSoon } from './rules/key-expires-soon.ts';
import { keyGuessing } from './rules/key-guessing.ts';
import { limitHit } from './rules/limit-hit.ts';
import { liveKeyAtTest } from './rules/live-key-at-test.ts';
import { newCountry } from './rules/new-country.ts';
import { newNetwork } from './rules/new-network.ts';
import { newRoute } from './rules/new-route.ts';
import { operatorAction } from './rules/operator-action.ts';
import { rotationOverdue } from './rules/rotation-overdue.ts';
import { signInNewNetwork } from './rules/sign-in-new-network.ts';
import { volumeRise } from './rules/volume-rise.ts';

export const rules: Readonly<Record<RuleId, Rule>> = {
  new_network: newNetwork,
  new_country: newCountry,
  new_route: newRoute,
  denied_more: deniedMore,
  volume_rise: volumeRise,
  dormant_key_used: dormantKey,
  live_key_at_test: liveKeyAtTest,
  ended_key_used: endedKey,
  limit_hit_often: limitHit,
  rotation_overdue: rotationOverdue,
  key_expires_soon: keyExpiresSoon,
  key_guessing: keyGuessing,
  sign_in_new_network: signInNewNetwork,
  operator_action: operatorAction,
};

/** The rules as their readers see them, in order. */
export const ruleDescriptions: readonly RuleDescription[] = ruleIds.map((id) => rules[id]);

/** A switch of a rule that an operator has set. Settings that it lacks have their defaults. */
export interface StoredSwitch {
  readonly rule: RuleId;
  readonly isOn: boolean;
  readonly settings: RuleSettings;
}

/** A rule with its numbers. */
export interface SetRule {
  readonly rule: Rule;
  readonly isOn: boolean;
  readonly settings: RuleSettings & { readonly coolDownHours: number };
}

/** Every rule with its switch and all its numbers, in order. */
export function setRules(stored: readonly StoredSwitch[]): readonly SetRule[] {
  return ruleIds.map((id) => {
    const own = stored.find((each) => each.rule === id);
    const rule = rules[id];
    return { rule, isOn: own?.isOn ?? rule.isOnByDefault, settings: settingsOf(rule, own?.settings ?? {}) };
  });
}

/** All numbers of a rule: those that are given, and defaults. */
export function settingsOf(rule: Pick<Rule, 'settings'>, given: RuleSettings): SetRule['settings'] {
  const all = Object.entries(rule.settings).map(([name, setting]) => [name, given[name] ?? setting.default]);
  return Object.fromEntries(all) as SetRule['settings'];
}
