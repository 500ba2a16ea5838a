// The features of the console. This list alone names them.
import * as account from '../features/account/routes.ts';
import * as alerts from '../features/alerts/routes.ts';
import * as audit from '../features/audit/routes.ts';
import * as auth from '../features/auth/routes.ts';
import * as denials from '../features/denials/routes.ts';
import * as key from '../features/key/routes.ts';
import * as keys from '../features/keys/routes.ts';
import * as members from '../features/members/routes.ts';
import * as notifications from '../features/notifications/routes.ts';
import * as operator from '../features/operator/routes.ts';
import * as overview from '../features/overview/routes.ts';
import * as settings from '../features/settings/routes.ts';
import * as usage from '../features/usage/routes.ts';
import * as webhooks from '../features/webhooks/routes.ts';
import type { Feature } from '../frame/feature.ts';

export const features = [
  auth,
  account,
  overview,
  keys,
  key,
  usage,
  denials,
  alerts,
  audit,
  members,
  notifications,
  settings,
  webhooks,
  operator,
] as const satisfies readonly Feature[];
