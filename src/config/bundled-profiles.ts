// The bundled profiles. Each is a file of src/profiles/bundled, read when it is first used.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { commonPolicy, type Dialect, type Profile, problems } from '../profiles/profile.ts';
import { profile as profileSchema } from './profile-schema.ts';
import { resolveProfile } from './resolve-profile.ts';

/** The ids of the bundled profiles. */
export const profileIds = ['standard', 'palcards', 'palpluss', 'panel', 'classic', 'palm'] as const;

/** The id of a bundled profile. */
export type ProfileId = (typeof profileIds)[number];

/** The text of a bundled profile: YAML that a configuration accepts. */
export function readBundledProfile(id: ProfileId): string {
  return readFileSync(new URL(`../profiles/bundled/${id}.yaml`, import.meta.url), 'utf8');
}

/** Every bundled profile by id. A key here is a value of `profile` in the configuration. */
export const profiles = Object.defineProperties(
  {},
  Object.fromEntries(profileIds.map((id) => [id, { enumerable: true, get: () => findBundled(id) }])),
) as Readonly<Record<ProfileId, Profile>>;

const known = new Map<ProfileId, Profile>();

function findBundled(id: ProfileId): Profile {
  let found = known.get(id);
  if (found === undefined) {
    const file = profileSchema.parse(parse(readBundledProfile(id)));
    found = resolveProfile(id, file, id === 'standard' ? blank : profiles.standard, (path, message) => {
      throw new TypeError(`profile ${id}, ${path.join('.')}: ${message}`);
    });
    known.set(id, found);
  }
  return found;
}

/** What `standard` extends. It sets every value that a profile must have; a test checks that. */
const blank: Profile = {
  id: '',
  source: { kind: 'bearer' },
  secret: { prefixes: {}, length: 0 },
  policy: commonPolicy,
  isolatesTestData: false,
  dialect: {
    rateHeaders: undefined,
    sendsRateLimitFields: true,
    contentType: 'text/plain',
    body: '',
    errors: Object.fromEntries(
      problems.map((problem) => [problem, { status: 500, code: '', message: '' }]),
    ) as Dialect['errors'],
  },
  console: {
    product: undefined,
    language: 'en',
    suggestedExpiryDays: undefined,
    addressSeparator: 'line',
    revokeWord: 'revoke',
    docsUrl: undefined,
    sample: { method: 'GET', path: '/' },
    words: { en: { navLabel: '' }, ar: { navLabel: '' } },
  },
};
