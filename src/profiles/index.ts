// The bundled profiles by id.
import { classic } from './classic.ts';
import { palcards } from './palcards.ts';
import { palm } from './palm.ts';
import { palpluss } from './palpluss.ts';
import { panel } from './panel.ts';
import type { Profile } from './profile.ts';

/** Every bundled profile. A key here is a value of `profile` in the configuration. */
export const profiles = { palcards, palpluss, panel, classic, palm } as const satisfies Record<string, Profile>;

/** The id of a bundled profile. */
export type ProfileId = keyof typeof profiles;
