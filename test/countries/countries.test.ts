// A database of countries: what its file answers, and what is said of one that can't be used.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCountries } from '../../src/cli/doctor/countries.ts';
import { daysTooOld, openCountries } from '../../src/metering/countries.ts';
import { makeDatabase } from './mmdb-file.ts';

const builtAtMs = Date.UTC(2027, 0, 1);
const day = 86_400_000;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-countries-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: Buffer | string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const records = {
  '203.0.113.0/24': { country: { iso_code: 'SA' } },
  '198.51.100.0/25': { country_code: 'DE' },
  '192.0.2.0/24': { country: 'JO' },
  '192.0.3.0/24': { country_code: 'Germany' },
  '2001:db8::/32': { country: { iso_code: 'AE' } },
};

test('an address has the country of its range, in the words of each publisher', async () => {
  const { countryOf, kind, ...rest } = await openCountries(write('a.mmdb', makeDatabase({ records, builtAtMs })));
  const addresses = ['203.0.113.7', '198.51.100.9', '192.0.2.1', '2001:db8:1:2::/64', '2001:db8::1'];
  expect(addresses.map(countryOf)).toEqual(['SA', 'DE', 'JO', 'AE', 'AE']);
  const unknown = ['198.51.100.200', '192.0.3.1', '10.0.0.1', '2001:db9::1', '', 'no address'];
  expect(unknown.map(countryOf)).toEqual(unknown.map(() => undefined));
  expect([kind, rest.builtAtMs]).toEqual(['Test-Country', builtAtMs]);
  expect([daysTooOld(rest, builtAtMs + 180 * day), daysTooOld(rest, builtAtMs + 181 * day)]).toEqual([undefined, 181]);
});

test('a file that is missing, damaged or something else is named with its setting', async () => {
  const whole = makeDatabase({ records, builtAtMs });
  const cases: readonly [file: string, because: RegExp][] = [
    [join(folder, 'none.mmdb'), /none\.mmdb as countries\.database \(ENOENT\): .*correct its path/],
    [write('text.mmdb', 'country,SA\n'), /\(it is no MMDB file\): name a complete database/],
    [write('head.mmdb', whole.subarray(0, 100)), /\(it is no MMDB file\)/],
    [write('tail.mmdb', whole.subarray(whole.lastIndexOf('MaxMind.com') - 3)), /\(a part is missing\)/],
    [write('empty.mmdb', ''), /\(it is no MMDB file\)/],
  ];
  for (const [file, message] of cases) {
    await expect(openCountries(file)).rejects.toMatchObject({
      code: 'countries_unusable',
      message: expect.stringMatching(message),
    });
  }
});

test('miftah doctor names the kind and the age of the database', async () => {
  const file = write('b.mmdb', makeDatabase({ records, builtAtMs }));
  expect(await checkCountries(file, builtAtMs + day)).toMatchObject({
    ...{ status: 'ok', message: 'Test-Country, built 2027-01-01' },
  });
  expect(await checkCountries(file, builtAtMs + 400 * day)).toMatchObject({
    ...{ status: 'warn', message: 'Test-Country, built 2027-01-01, 400 days ago' },
    fix: expect.stringContaining('reload'),
  });
  await expect(checkCountries(join(folder, 'none.mmdb'), builtAtMs)).rejects.toMatchObject({
    code: 'countries_unusable',
  });
});
