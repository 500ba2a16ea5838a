// docs/how-to/notifications.md has the default of each kind for each role.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultTimings, notificationKinds } from '../../src/domain/notification.ts';

const page = readFileSync(new URL('../../docs/how-to/notifications.md', import.meta.url), 'utf8');

test('docs/how-to/notifications.md has the default of each kind for each role', () => {
  const written = [...page.matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  const words = { at_once: 'at once', daily: 'daily', never: 'never' };
  const expected = notificationKinds.map((kind) => {
    const { owner, admin, developer, viewer } = defaultTimings[kind];
    return [kind, ...[owner, admin, developer, viewer].map((timing) => (timing === null ? '–' : words[timing]))];
  });
  expect(written.map(([, ...cells]) => cells)).toEqual(expected);
});
