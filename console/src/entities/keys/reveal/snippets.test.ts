import { expect, test } from 'vitest';
import type { ConsoleApi } from '../../../api/config.ts';
import { writeSnippet } from './snippets.ts';

const api = {
  id: 'acme',
  baseUrls: {},
  scheme: { kind: 'bearer', header: 'Authorization', format: 'Bearer {key}', curl: '-H "Authorization: Bearer {key}"' },
  sample: { method: 'GET', path: '/v1/orders' },
} as unknown as ConsoleApi;

test('calls an example address where the configuration has no hosts', () => {
  expect(writeSnippet('curl', api, 'live', 'sk_live_1')).toBe(
    'curl -H "Authorization: Bearer sk_live_1" \\\n  "https://api.example.com/v1/orders"',
  );
});

test('calls the host of the environment, or else that of the other one', () => {
  const hosted = { ...api, baseUrls: { live: 'https://api.acme.test' } } as ConsoleApi;
  expect(writeSnippet('curl', hosted, 'test', 'sk_test_1')).toContain('"https://api.acme.test/v1/orders"');
});
