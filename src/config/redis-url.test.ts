// The forms in which a configuration says where Redis is.
import { expect, test } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

const plain = { master: undefined, tls: false, user: undefined, password: undefined, database: 0 };

test.each([
  ['redis://r1', { ...plain, kind: 'single', hosts: [{ host: 'r1', port: 6379 }] }],
  [
    'rediss://miftah:p%40ss%2Fw@[::1]:7000/3',
    {
      ...plain,
      kind: 'single',
      hosts: [{ host: '::1', port: 7000 }],
      tls: true,
      user: 'miftah',
      password: 'p@ss/w',
      database: 3,
    },
  ],
  [
    'redis://:secret@10.0.0.1',
    { ...plain, kind: 'single', hosts: [{ host: '10.0.0.1', port: 6379 }], password: 'secret' },
  ],
  [
    'redis+sentinel://s1,s2:26380/limits/1',
    {
      ...plain,
      kind: 'sentinel',
      hosts: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_380 },
      ],
      master: 'limits',
      database: 1,
    },
  ],
  [
    'rediss+cluster://c1:7000,c2:7001',
    {
      ...plain,
      kind: 'cluster',
      hosts: [
        { host: 'c1', port: 7000 },
        { host: 'c2', port: 7001 },
      ],
      tls: true,
    },
  ],
])('%s', (text, expected) => {
  expect(parseRedisUrl(text)).toEqual(expected);
});

test.each([
  'redis://',
  'redis:r1',
  'http://r1',
  'redis://r1:0',
  'redis://r1:65536',
  'redis://r1,r2',
  'redis://r1/x',
  'redis://r1/1/2',
  'redis://r1?db=1',
  'redis://a@b@r1',
  'redis://:%zz@r1',
  'redis+sentinel://s1',
  'redis+sentinel://s1/',
  'redis+cluster://c1/1',
  // A password that is not percent-encoded must not become a host, a master or a database.
  'redis://me:p@ss@r1',
  'redis://me:12/3@r1',
  'redis+sentinel://me:12/ss@s1/main',
  'redis+sentinel://me:12/main/ss@s1',
  'redis+cluster://c1,',
])('%s is none of them', (text) => {
  expect(parseRedisUrl(text)).toBeUndefined();
});
