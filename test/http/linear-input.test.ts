// Every parser of text from clients or members takes linear time, measured on generated hostile text.
import { describe, expect, test } from 'vitest';
import { findAddressFault, splitAddresses } from '../../console/src/entities/keys/fields/address-entry.ts';
import { isolate } from '../../console/src/i18n/isolate.ts';
import { toCsv } from '../../console/src/ui/csv.ts';
import { isEmailAddress } from '../../console/src/ui/is-email-address.ts';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { canonicalAddress, parseAddressEntry } from '../../src/domain/address.ts';
import { createTrustedProxies, resolveClientAddress, resolveClientScheme } from '../../src/domain/client-address.ts';
import type { CredentialSource } from '../../src/domain/credential.ts';
import { parseEndpointPattern } from '../../src/domain/endpoint.ts';
import { foldFieldName } from '../../src/domain/field-name.ts';
import { parseDigest } from '../../src/domain/imported-secret.ts';
import { isCanonicalPath } from '../../src/domain/path.ts';
import { parsePosition } from '../../src/domain/position.ts';
import { createQueryKey } from '../../src/domain/query-key.ts';
import { parseRateLimit } from '../../src/domain/rate-limit.ts';
import { createRedactor } from '../../src/domain/redaction.ts';
import { matchesReferrer, parseReferrerPattern, type ReferrerPattern } from '../../src/domain/referrer.ts';
import { inspectSecret } from '../../src/domain/secret.ts';
import { createSubprotocols } from '../../src/domain/subprotocol.ts';
import { createExtractor } from '../../src/engine/extract.ts';
import { endToEndHeaders } from '../../src/gateway/hop-by-hop.ts';
import { countPasses } from '../../src/gateway/via.ts';
import { chooseLanguage } from '../../src/http/console/language.ts';
import { pathOf, readRequestHead } from '../../src/http/request-head.ts';
import { readIdempotencyKey } from '../../src/http/wire/idempotency.ts';
import { parseJsonBody } from '../../src/http/wire/json-body.ts';
import { checkName } from '../../src/management/display-name.ts';
import { parseInstant } from '../../src/management/instant.ts';
import { parseOverlap } from '../../src/management/overlap.ts';
import { checkDisplayName, checkEmail } from '../../src/people/person-input.ts';
import { parseCursor } from '../../src/storage/queries/cursor.ts';

const { secret } = profiles.classic;
const imported = { algorithm: 'sha256', prefix: 'old_', minLength: 32, maxLength: 64 } as const;
const bare = { prefixes: { live: 'AKIA', test: 'key-' }, length: 60, alphabet: 'base64url' } as const;
const redactor = createRedactor([{ secret, imported }, { secret: bare }]);
const site = parseReferrerPattern('*.example.com') as ReferrerPattern;
const proxies = createTrustedProxies(['127.0.0.1', '10.0.0.0/8', '0.0.0.0']);
const forwardedProxies = createTrustedProxies(['127.0.0.1', '10.0.0.0/8', '0.0.0.0'], 'forwarded');
const extractors = (['classic', 'palcards', 'palpluss', 'panel', 'palm'] as const).map((id) =>
  createExtractor(profiles[id]),
);

const extractFrom = (source: CredentialSource) => createExtractor({ source, secret });
const extractToken = extractFrom({ kind: 'scheme', header: 'authorization', scheme: 'Token', parameter: 'token' });
const extractSocket = extractFrom({ kind: 'subprotocol', prefix: 'acme-key.' });
const extractQuery = extractFrom({ kind: 'query', name: 'api_key' });
const extractSeveral = extractFrom({
  kind: 'anyOf',
  sources: [{ kind: 'bearer' }, { kind: 'subprotocol', prefix: 'acme-key.' }, { kind: 'query', name: 'api_key' }],
});
const subprotocols = createSubprotocols('acme-key.');
const queryKey = createQueryKey('api_key');

/** Every function that reads text from outside. An error counts as its answer. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'Accept-Language': (text) => chooseLanguage(undefined, text, 'en'),
  Cookie: (text) => chooseLanguage(text, undefined, 'en'),
  Host: (text) => readRequestHead(['Host', text]),
  'Transfer-Encoding': (text) => readRequestHead(['Transfer-Encoding', text]),
  'X-Forwarded-For': (text) => resolveClientAddress('127.0.0.1', text, proxies),
  'X-Forwarded-Proto': (text) => resolveClientScheme(text, text, proxies),
  Forwarded: (text) => resolveClientAddress('127.0.0.1', text, forwardedProxies),
  'a value of Forwarded': (text) => resolveClientAddress('127.0.0.1', `for="${text}`, forwardedProxies),
  Via: (text) => countPasses(text, 'miftah'),
  Connection: (text) => endToEndHeaders(['Connection', text, ...Array.from({ length: 400 }, (_, at) => `x-${at}`)]),
  TE: (text) => endToEndHeaders(['TE', text]),
  'a field name': (text) => foldFieldName(text),
  'Idempotency-Key': readIdempotencyKey,
  'Content-Type': (text) => parseJsonBody(Buffer.from('{}'), text),
  'a JSON body': (text) => parseJsonBody(Buffer.from(text), 'application/json'),
  Referer: (text) => matchesReferrer(site, text),
  'Referer with a host': (text) => matchesReferrer(site, `https://${text}`),
  Authorization: (text) => extractors.map((extract) => extract(['Authorization', text, 'X-API-Key', text])),
  'Bearer credentials': (text) => extractors.map((extract) => extract(['Authorization', `Bearer ${text}`])),
  'Basic credentials': (text) => extractors.map((extract) => extract(['Authorization', `Basic ${btoaLatin(text)}`])),
  'parameters of a scheme': (text) => [
    extractToken(['Authorization', `Token ${text}`]),
    extractToken(['Authorization', `Token token="${text}`]),
  ],
  'subprotocols with a key': (text) => [extractSocket(['Sec-WebSocket-Protocol', text]), subprotocols.remove(text)],
  'a query with a key': (text) => [
    extractQuery([], text),
    extractQuery([], `api_key=${text}`),
    queryKey.remove(`/?${text}`),
  ],
  'one of several places': (text) => extractSeveral(['Authorization', text, 'Sec-WebSocket-Protocol', text], text),
  'a secret': (text) => inspectSecret(text, secret),
  'a secret without a checksum': (text) => inspectSecret(`AKIA${text}`, { ...bare, length: text.length + 4 }),
  'a path': (text) => isCanonicalPath(`/${text}`),
  'a target': (text) => pathOf(`/${text}`),
  'a path that may hold a secret': (text) => redactor.redactPath(`/${text}`, { imported }),
  'a name that may hold a secret': (text) => redactor.holdsSecret(text),
  'a message that may hold a secret': (text) => redactor.redactText(text),
  'a digest': parseDigest,
  'an address': canonicalAddress,
  'an address entry': (text) => parseAddressEntry(text, 'cidr'),
  'a referrer pattern': parseReferrerPattern,
  'an endpoint pattern': parseEndpointPattern,
  'an endpoint pattern with a method': (text) => parseEndpointPattern(`GET /${text}`),
  'a rate limit': parseRateLimit,
  'a revision': parsePosition,
  'a cursor': (text) => parseCursor(text, 2),
  'an instant': (text) => parseInstant('from', text),
  'an overlap': (text) => parseOverlap(text),
  'a key’s name': (text) => checkName(text, { min: 1, max: 500 }),
  'a person’s name': (text) => checkDisplayName(text, 'name', 100, redactor),
  'an e-mail address': (text) => checkEmail(text, redactor),
  'an e-mail address in the console': isEmailAddress,
  'addresses in the console': (text) => splitAddresses(text).map((entry) => findAddressFault(entry, 'cidr')),
  'a cell of a CSV file': (text) => toCsv(['name'], [[text]]),
  'text in a sentence of the console': (text) => [isolate(text, 'en'), isolate(text, 'ar')],
};

/** The parts to repeat: separators of the parsers' expressions, and characters that they accept many of. */
const units = [
  ...[
    ' ',
    '\t',
    ' ;',
    '; ',
    ';',
    ',',
    ', ',
    '  ,',
    'a',
    'a ',
    'a,',
    'a.',
    'a-',
    '-',
    '.',
    '..',
    '@',
    'a@',
    'a@a.',
    'a=b,',
    'acme-key.,',
    'api_key=a&',
    '@.',
  ],
  ...[
    '/',
    '//',
    '/a',
    '%',
    '%2',
    '%2f',
    '%25',
    '=',
    '==',
    'q=',
    'q=0.',
    '0',
    '1:',
    ':',
    '::',
    'a:',
    'f:f::',
    '[',
    ']',
    '[]',
  ],
  ...[
    '"',
    '\\',
    '\\"',
    '?',
    '#',
    '*',
    '*.',
    '_',
    'sk_live_',
    'sk_',
    'old_',
    'é',
    '\u202e',
    '…',
    '{',
    '{"a":',
    '1,',
    '127.0.0.1,',
  ],
];
const endings = ['', '!', ' ', '\n', 'x;'];
const longBytes = 64 * 1024;
const comparableMs = 60;
/** Quadratic time on 64 KiB is at least a second. */
const maxMs = 250;

function btoaLatin(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}

function hostileText(unit: string, ending: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length - ending.length) + ending;
}

/** The shortest of some runs, in milliseconds of this thread's CPU time, so that a busy machine does not matter. */
function measure(read: (text: string) => unknown, text: string, runs: number): number {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let left = runs; left > 0; left--) {
    const started = process.threadCpuUsage();
    try {
      read(text);
    } catch {
      // A refused text took its time too.
    }
    const { user, system } = process.threadCpuUsage(started);
    shortestMs = Math.min(shortestMs, (user + system) / 1000);
  }
  return shortestMs;
}

/**
 * Describes a text that takes much time, or whose 8-fold length takes more than 30 times as long. Linear time takes 8
 * times as long, quadratic time 64. Short times are not compared: garbage collection and compilation dominate them.
 */
function describeGrowth(
  read: (text: string) => unknown,
  unit: string,
  ending: string,
  length = longBytes,
): string | undefined {
  const long = hostileText(unit, ending, length);
  let longMs = measure(read, long, 1);
  if (longMs < comparableMs) return undefined;
  longMs = Math.min(longMs, measure(read, long, 2));
  if (longMs < comparableMs) return undefined;
  const shortMs = measure(read, hostileText(unit, ending, length / 8), 3);
  if (longMs < shortMs * 30 && longMs < maxMs) return undefined;
  const input = `${JSON.stringify(unit)} and ${JSON.stringify(ending)}`;
  return `${input}: ${shortMs.toFixed(2)} ms, 8 times as long ${longMs.toFixed(2)} ms`;
}

describe('takes linear time', () => {
  test.each(Object.entries(readers))('%s', (_, read) => {
    const slow = units.flatMap((unit) => endings.flatMap((ending) => describeGrowth(read, unit, ending) ?? []));
    expect(slow).toEqual([]);
  });

  test('and the measurement detects quadratic time', () => {
    const quadratic = (text: string): unknown => text.split(/\s*;\s*/);
    expect(describeGrowth(quadratic, ' ', '!', 16 * 1024)).toMatch(/8 times as long/);
    expect(describeGrowth((text) => text.trim(), ' ', '!')).toBeUndefined();
  });
});
