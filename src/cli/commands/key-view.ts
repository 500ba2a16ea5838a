// Keys in a list.
import type { Schemas } from '../../client/index.ts';
import type { ListView } from '../list.ts';

/** How lists show keys. */
export const keyView: ListView<Schemas['Key'], unknown> = {
  head: ['ID', 'NAME', 'API', 'ENV', 'SECRET', 'STATUS', 'LAST USED'],
  cells: (key) => [key.id, key.name, key.api, key.environment, key.masked, key.status, key.lastUsedAt ?? 'never'],
  word: ({ id }) => id,
  empty: 'No keys match.',
};
