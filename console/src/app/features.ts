// All features of the console: each hands over its pages here and its lines of the sidebar. This list is the only place that names them.
import { accountFeature } from '../features/account/routes.ts';
import { auditFeature } from '../features/audit/routes.ts';
import { authFeature } from '../features/auth/routes.ts';
import { denialsFeature } from '../features/denials/routes.ts';
import { keysFeature } from '../features/keys/routes.ts';
import { membersFeature } from '../features/members/routes.ts';
import { operatorFeature } from '../features/operator/routes.ts';
import { settingsFeature } from '../features/settings/routes.ts';
import { usageFeature } from '../features/usage/routes.ts';
import type { Feature } from '../frame/feature.ts';

export const features: readonly Feature[] = [
  authFeature,
  accountFeature,
  keysFeature,
  usageFeature,
  denialsFeature,
  auditFeature,
  membersFeature,
  settingsFeature,
  operatorFeature,
];

export { accountRoutes } from '../features/account/routes.ts';
export { auditRoutes } from '../features/audit/routes.ts';
export { authRoutes } from '../features/auth/routes.ts';
export { denialsRoutes } from '../features/denials/routes.ts';
export { keyRoutes } from '../features/key/routes.ts';
export { keysRoutes } from '../features/keys/routes.ts';
export { membersRoutes } from '../features/members/routes.ts';
export { operatorRoutes } from '../features/operator/routes.ts';
export { settingsRoutes } from '../features/settings/routes.ts';
export { usageRoutes } from '../features/usage/routes.ts';
