// All features of the console: each hands over its pages here and its lines of the sidebar. This list is the only place that names them.
import { accountFeature } from '../features/account/routes.ts';
import { authFeature } from '../features/auth/routes.ts';
import type { Feature } from './feature.ts';

export const features: readonly Feature[] = [authFeature, accountFeature];

export { accountRoutes } from '../features/account/routes.ts';
export { authRoutes } from '../features/auth/routes.ts';
