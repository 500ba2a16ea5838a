// Refuses a key of one environment on a host of the other.
import type { Check } from './check.ts';

export const checkEnvironment: Check = (key, facts) =>
  facts.environment === undefined || facts.environment === key.environment ? undefined : 'environment_mismatch';
