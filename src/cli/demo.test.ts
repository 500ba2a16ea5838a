import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { type Demo, demoCalls } from './demo.ts';

test('there is a call for each key whose API the public listener serves', () => {
  const apis = [
    { id: 'served', hosts: { live: ['api.test'] }, upstream: 'http://127.0.0.1:1' },
    { id: 'named', hosts: ['named.test'] },
    { id: 'bare' },
  ];
  const config = loadConfig({ config: { apis }, environment: {} });
  const keys = ['served', 'named', 'bare', 'gone'].flatMap((api) =>
    (['live', 'test'] as const).map((environment) => ({ api, environment, id: 'key_1', secret: 'ak_live_1' })),
  );
  const demo: Demo = { comment: '', org: 'org_1', keys };
  expect(demoCalls(config, demo, 4100).map(({ api, environment, line }) => [api.id, environment, line])).toEqual([
    ['served', 'live', expect.stringContaining('http://api.test:4100/')],
  ]);
});
