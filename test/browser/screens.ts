// All screens that `npm run screenshots` takes, with a file for each feature.
import type { Page } from 'playwright-core';
import type { Appearance, ConsoleUnderTest } from './browser.ts';
import { accountScreens } from './screens/account.ts';
import { authScreens } from './screens/auth.ts';
import { keyScreens } from './screens/key.ts';
import { keysScreens } from './screens/keys.ts';
import { peopleScreens } from './screens/people.ts';
import { watchScreens } from './screens/watch.ts';

/** What screens may show. Made once for all of them. */
export interface Stage {
  readonly miftah: ConsoleUnderTest;
  /** Of the owner who is signed in. */
  readonly orgId: string;
}

export interface Screen {
  /** Of the file: `keys-empty`. */
  readonly name: string;
  /** Default: the owner, signed in. */
  readonly visitor?: 'owner' | 'stranger';
  /** Of the console; default `localhost`. */
  readonly host?: string;
  /** Default: all eight. */
  readonly appearances?: (appearance: Appearance) => boolean;
  /** Brings the page to what the picture shows. Resolves when it is there. */
  readonly open: (page: Page, stage: Stage, appearance: Appearance) => Promise<void>;
}

export const screens: readonly Screen[] = [
  ...authScreens,
  ...accountScreens,
  ...keysScreens,
  ...keyScreens,
  ...peopleScreens,
  ...watchScreens,
];
