// All screens that `npm run screenshots` takes, from one file for each feature.
import type { Page } from 'playwright-core';
import type { Appearance, ConsoleUnderTest } from './browser.ts';
import { accountScreens } from './screens/account.ts';
import { alertScreens } from './screens/alerts.ts';
import { authScreens } from './screens/auth.ts';
import { keyScreens } from './screens/key.ts';
import { keysScreens } from './screens/keys.ts';
import { peopleScreens } from './screens/people.ts';
import { watchScreens } from './screens/watch.ts';
import { webhookScreens } from './screens/webhooks.ts';

/** The server and organization that all screens share. */
export interface Stage {
  readonly miftah: ConsoleUnderTest;
  /** The organization of the signed-in owner. */
  readonly orgId: string;
}

/** One screen and how to reach it. */
export interface Screen {
  /** The start of the picture's file name, such as `keys-empty`. */
  readonly name: string;
  /** Default: the owner, signed in. */
  readonly visitor?: 'owner' | 'stranger';
  /** The console's host. Default: `localhost`. */
  readonly host?: string;
  /** Selects appearances. Default: all eight. */
  readonly appearances?: (appearance: Appearance) => boolean;
  /** Brings the page to the state of the picture. Resolves when the page shows it. */
  readonly open: (page: Page, stage: Stage, appearance: Appearance) => Promise<void>;
}

export const screens: readonly Screen[] = [
  ...authScreens,
  ...accountScreens,
  ...keysScreens,
  ...keyScreens,
  ...peopleScreens,
  ...watchScreens,
  ...webhookScreens,
  ...alertScreens,
];
