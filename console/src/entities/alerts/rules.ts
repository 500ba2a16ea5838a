// The rules of unusual activity, each with its icon.
import {
  type Icon,
  IconActivity,
  IconCalendarDue,
  IconFlask,
  IconGauge,
  IconHandStop,
  IconKeyOff,
  IconLogin2,
  IconMoonStars,
  IconNetwork,
  IconRefreshAlert,
  IconRoute,
  IconTrendingUp,
  IconWorld,
  IconZoomQuestion,
} from '@tabler/icons-react';
import type { components } from '../../api/schema.ts';

export type RuleId = components['schemas']['Alert']['rule'];

export const ruleIcons: Readonly<Record<RuleId, Icon>> = {
  new_network: IconNetwork,
  new_country: IconWorld,
  new_route: IconRoute,
  denied_more: IconHandStop,
  volume_rise: IconTrendingUp,
  dormant_key_used: IconMoonStars,
  live_key_at_test: IconFlask,
  ended_key_used: IconKeyOff,
  limit_hit_often: IconGauge,
  rotation_overdue: IconRefreshAlert,
  key_expires_soon: IconCalendarDue,
  key_guessing: IconZoomQuestion,
  sign_in_new_network: IconLogin2,
  operator_action: IconActivity,
};

/** In the order in which lists show them. */
export const allRules = Object.keys(ruleIcons) as readonly RuleId[];

/** `undefined`: no rule of this version. */
export function asRule(text: string | null | undefined): RuleId | undefined {
  return allRules.find((rule) => rule === text);
}
