// What the words of each rule are.
import type { RuleId } from '../../entities/alerts/rules.ts';

/** A rule without words has `none`. */
export const wordKinds: Readonly<Record<RuleId, 'reasons' | 'actions' | 'apis' | 'countries' | 'routes' | 'none'>> = {
  new_network: 'none',
  new_country: 'countries',
  new_route: 'routes',
  denied_more: 'reasons',
  volume_rise: 'none',
  dormant_key_used: 'none',
  live_key_at_test: 'none',
  ended_key_used: 'reasons',
  limit_hit_often: 'reasons',
  rotation_overdue: 'none',
  key_expires_soon: 'none',
  key_guessing: 'apis',
  sign_in_new_network: 'none',
  operator_action: 'actions',
};
