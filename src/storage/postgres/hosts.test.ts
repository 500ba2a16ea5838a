// Connection strings with one host, several, a socket, and those that are none.
import { expect, test } from 'vitest';
import { parsePostgresHosts } from './hosts.ts';

test('each host is tried in turn, with all else of the connection string', () => {
  const hosts = parsePostgresHosts('postgres://me:p%40w@a:5432,[::1]:5433/miftah?sslmode=verify-full');
  const [first, second] = [
    'postgres://me:p%40w@a:5432/miftah?sslmode=verify-full',
    'postgres://me:p%40w@[::1]:5433/miftah?sslmode=verify-full',
  ];
  expect([hosts.count, hosts.current()]).toEqual([2, first]);
  hosts.leave(first);
  expect(hosts.current()).toBe(second);
  // Somebody else left it already: the second is not passed over.
  hosts.leave(first);
  expect(hosts.current()).toBe(second);
  hosts.leave(second);
  expect(hosts.current()).toBe(first);
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
  // Of each, the part before the @ would pass for hosts, a database or options.
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
