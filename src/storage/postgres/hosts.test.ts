// Connection strings with one host, several hosts or a socket, and texts that are not connection strings.
import { expect, test } from 'vitest';
import { parsePostgresHosts } from './hosts.ts';

const broken = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const tlsMissing = new Error('The server does not support SSL connections');

test('each host is tried in turn, with all else of the connection string', () => {
  const hosts = parsePostgresHosts('postgres://me:p%40w@a:5432,[::1]:5433/miftah?sslmode=disable&options=-cx%3D1');
  const [first, second] = [
    { connectionString: 'postgres://me:p%40w@a:5432/miftah?options=-cx%3D1', ssl: false },
    { connectionString: 'postgres://me:p%40w@[::1]:5433/miftah?options=-cx%3D1', ssl: false },
  ];
  const target = hosts.current();
  expect([hosts.count, target]).toEqual([2, first]);
  expect(hosts.leave(target, broken)).toBe(false);
  expect(hosts.current()).toEqual(second);
  // Another caller has left this target already, so the second one is not skipped.
  expect(hosts.leave(target, broken)).toBe(false);
  expect(hosts.current()).toEqual(second);
  hosts.leave(hosts.current(), broken);
  expect(hosts.current()).toEqual(first);
});

test.each([
  ['', [true, false]],
  ['?sslmode=prefer', [true, false]],
  ['?sslmode=allow', [false, true]],
  ['?sslmode=disable', [false]],
  ['?sslmode=require', [true]],
  ['?ssl=true', [true]],
])('a server that answers is tried with %s in this order of TLS and none: %j', (query, ways) => {
  const hosts = parsePostgresHosts(`postgres://me@a,b/miftah${query}`);
  const seen: unknown[] = [];
  let hasOther = true;
  while (hasOther) {
    const target = hosts.current();
    expect(target.connectionString).toBe('postgres://me@a/miftah');
    seen.push(target.ssl !== false);
    hasOther = hosts.leave(target, tlsMissing);
  }
  expect(seen).toEqual(ways);
  expect(hosts.current().connectionString).toBe('postgres://me@b/miftah');
});

test('a server that does not answer is not tried the other way', () => {
  const hosts = parsePostgresHosts('postgres://me@a,b/miftah');
  expect(hosts.leave(hosts.current(), broken)).toBe(false);
  expect(hosts.current().connectionString).toBe('postgres://me@b/miftah');
});

test.each([
  ['postgres://me:secret@a/miftah', 'a/miftah'],
  ['postgresql://a:5432,b:5432/miftah', 'a:5432,b:5432/miftah'],
  ['postgres://me:secret@%2Frun%2Fpostgresql/miftah', '%2Frun%2Fpostgresql/miftah'],
  ['postgres:///miftah?host=/run/postgresql', '/miftah'],
  ['postgres://me:secret@/miftah?host=/run/postgresql', '/miftah'],
])('%s is named without user and password', (url, name) => {
  expect(parsePostgresHosts(url).name).toBe(name);
});

test.each([
  'postgres://me:se/cret@a/miftah',
  'postgres://me:secret@a:port/miftah',
  'postgres://[::1/miftah',
  'postgres://me:se@cret@a/miftah',
  // In each of these, the part before the @ would pass for hosts, a database or options.
  'postgres://me:123/secret@a/miftah',
  'postgres://me:123?secret@a/miftah',
  'postgres://me:p@secret/x@a/miftah',
  'postgres://me:p@secret?x@a/miftah',
  'postgres://me:123#secret@a/miftah',
  'mysql://a/b',
])('%s is refused, and not repeated', (url) => {
  expect(() => parsePostgresHosts(url)).toThrow(
    expect.objectContaining({ code: 'storage_unreachable', message: expect.not.stringContaining('secret') }),
  );
});
