// The bytes of syslog messages, also with hostile text.
import { describe, expect, test } from 'vitest';
import { type AuditRecord, chainStart } from '../domain/audit-record.ts';
import { parseExportedRecord } from './exported-record.ts';
import { formatEnd, formatRecord, frameMessage } from './syslog.ts';

const record: AuditRecord = {
  seq: 7,
  atMs: Date.UTC(2027, 5, 15, 10, 30, 0, 250),
  actor: { kind: 'member', id: 'per_amal', label: 'amal@example.com' },
  via: 'console',
  address: null,
  requestId: null,
  action: 'key.created',
  target: { kind: 'key', id: 'key_1' },
  orgId: 'org_nablus',
  before: null,
  after: { name: 'Kiosk' },
  seals: null,
  previousHash: chainStart,
  hash: 'ab'.repeat(32),
};

/** A parser of its own, by the grammar of RFC 5424 §6. */
function parse(message: string) {
  const head = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) \[(\S+)/.exec(message);
  if (head === null) throw new Error('no message of RFC 5424');
  const parameters = new Map<string, string>();
  let at = head[0].length;
  while (message[at] === ' ') {
    const name = /^ ([!-<>-~]{1,32})="/.exec(message.slice(at));
    if (name === null) throw new Error('no parameter');
    at += name[0].length;
    let value = '';
    for (; message[at] !== '"'; at++) {
      if (message[at] === ']') throw new Error('an unescaped ]');
      if (message[at] === '\\' && '"\\]'.includes(message[at + 1] as string)) at++;
      value += message[at];
    }
    at++;
    parameters.set(name[1] as string, value);
  }
  if (message.slice(at, at + 2) !== '] ') throw new Error('no end of the structured data');
  return { head: head.slice(1), parameters: Object.fromEntries(parameters), text: message.slice(at + 2) };
}

test('a record is one message, whose text is its line of an export', () => {
  const message = formatRecord(record, 'node-1');
  expect(message).toBe(
    `<109>1 2027-06-15T10:30:00.250Z node-1 miftah - key.created [miftah@32473 seq="7" hash="${record.hash}" ` +
      'action="key.created" actorKind="member" actorId="per_amal" actor="amal@example.com" via="console" ' +
      'targetKind="key" targetId="key_1" org="org_nablus"] ' +
      '{"seq":7,"at":"2027-06-15T10:30:00.250Z","actor":{"kind":"member","id":"per_amal","label":"amal@example.com"},' +
      '"via":"console","address":null,"requestId":null,"action":"key.created","target":{"kind":"key","id":"key_1"},' +
      `"org":"org_nablus","before":null,"after":{"name":"Kiosk"},"previousHash":"${chainStart}","hash":"${record.hash}"}`,
  );
});

describe('hostile text', () => {
  test.for<[what: string, text: string, shown: string]>([
    ['a quote, a bracket and a backslash', '"] x="1" \\', '"] x="1" \\'],
    ['the end of the message and another one', 'x"] \n<109>1 - - - - - -', 'x"] \ufffd<109>1 - - - - - -'],
    ['line breaks of all kinds', 'a\r\n\u0085\u2028\u2029b', 'a\ufffd\ufffd\ufffd\ufffd\ufffdb'],
    ['control characters', '\u0000\u0007\u001b[31m\u007f', '\ufffd\ufffd\ufffd[31m\ufffd'],
    ['Arabic, an emoji and a byte order mark', '\ufeffنابلس 🔑', '\ufeffنابلس 🔑'],
    ['half an emoji', 'a\ud83d', 'a\ufffd'],
    ['64 KiB', '\\"'.repeat(32_768), '\\"'.repeat(32_768)],
    ['nothing', '', ''],
  ])('%s', ([, text, shown]) => {
    const hostile = { ...record, actor: { ...record.actor, label: text }, after: { name: text } };
    const message = formatRecord(hostile, 'node-1');
    const { parameters, text: line } = parse(message);
    expect(parameters.actor).toBe(shown);
    expect(Object.keys(parameters)).toHaveLength(10);
    expect(message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(line).toMatch(/^[ -~]*$/);
    expect(parseExportedRecord(line)).toEqual(hostile);
  });
});

test.for<[hostname: string, shown: string]>([
  ['node 1\n<0>', 'node1<0>'],
  ['نابلس', '-'],
  ['', '-'],
  ['a'.repeat(300), 'a'.repeat(255)],
])('the host name %j is the field %j', ([hostname, shown]) => {
  expect(parse(formatRecord(record, hostname)).head[2]).toBe(shown);
});

test('the action of another version is a MSGID of 32 characters at most', () => {
  const { head } = parse(formatRecord({ ...record, action: `a b\n${'c'.repeat(40)}` }, 'node-1'));
  expect(head[5]).toBe(`ab${'c'.repeat(30)}`);
});

test('a signed line is a message of its own', () => {
  const bounds = { firstSeq: 7, previousHash: chainStart, lastSeq: 9, lastHash: record.hash };
  expect(formatEnd(bounds, '{"segment":{}}', record.atMs, 'node-1')).toBe(
    '<110>1 2027-06-15T10:30:00.250Z node-1 miftah - segment [miftah@32473 firstSeq="7" lastSeq="9"] {"segment":{}}',
  );
});

test('a frame begins with the size in bytes', () => {
  expect(frameMessage('<109>1 é🔑').toString()).toBe('13 <109>1 é🔑');
  expect(frameMessage('x'.repeat(65_536)).subarray(0, 8).toString()).toBe('65536 xx');
});
