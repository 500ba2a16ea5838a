import { expect, test } from 'vitest';
import { formatFieldPath } from './field-path.ts';

test.each([
  [[], ''],
  [['name'], 'name'],
  [['apis', 0, 'hosts', 12], 'apis[0].hosts[12]'],
  [[3, 'name'], '[3].name'],
  [['', 'a'], 'a'],
])('%j is called %j', (path, name) => {
  expect(formatFieldPath(path)).toBe(name);
});
