// Which file of a language holds which namespace.
import type en from './en/index.ts';

export type Namespace = keyof typeof en;

type Part = 'every-page' | 'alerts' | 'keys' | 'use' | 'people';

/** The file of a language that holds the namespace: `words-of-<part>.ts`. Few files compress better than many. */
export const partOf: Readonly<Record<Namespace, Part>> = {
  common: 'every-page',
  errors: 'every-page',
  alerts: 'alerts',
  commands: 'keys',
  denials: 'use',
  key: 'use',
  keys: 'keys',
  usage: 'use',
  account: 'people',
  audit: 'people',
  auth: 'people',
  members: 'people',
  notifications: 'people',
  operator: 'people',
  overview: 'people',
  server: 'people',
  settings: 'people',
  webhooks: 'people',
};
