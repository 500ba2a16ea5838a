// Reads a database of countries: a file in MaxMind's format, which several publishers use.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Reader, type Response } from 'mmdb-lib';
import { type CountryOf, countriesSetting } from '../domain/country.ts';
import { oneDayMs } from '../domain/durations.ts';
import { OperationalError } from '../domain/operational-error.ts';

export interface Countries {
  readonly countryOf: CountryOf;
  /** Its kind, in the publisher's words. */
  readonly kind: string;
  readonly builtAtMs: number;
  /** A digest of the file. */
  readonly digest: string;
}

/** Addresses change their country. An older database is wrong about more of them. */
const maxAgeDays = 180;

/**
 * Reads the file into memory. Throws an `OperationalError` that names the file and the setting if it can't be read, or
 * is no such database.
 */
export async function openCountries(file: string): Promise<Countries> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw unusable(file, String(cause.code), 'give the server access to it, or correct its path', cause);
  });
  const reader = openReader(file, bytes);
  const { databaseType, buildEpoch } = reader.metadata;
  return {
    countryOf: (address) => findCountry(reader, address),
    kind: databaseType,
    builtAtMs: buildEpoch.getTime(),
    digest: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** Days since the database was built, if these are too many. `undefined`: it is new enough. */
export function daysTooOld({ builtAtMs }: Pick<Countries, 'builtAtMs'>, nowMs: number): number | undefined {
  const days = Math.floor((nowMs - builtAtMs) / oneDayMs);
  return days > maxAgeDays ? days : undefined;
}

function openReader(file: string, bytes: Buffer): Reader<Response> {
  const fix = 'name a complete database of countries in the MMDB format';
  let reader: Reader<Response>;
  try {
    reader = new Reader(bytes);
  } catch (cause) {
    throw unusable(file, 'it is no MMDB file', fix, cause);
  }
  if (reader.metadata.searchTreeSize >= bytes.length) throw unusable(file, 'a part is missing', fix);
  return reader;
}

function unusable(file: string, because: string, fix: string, cause?: unknown): OperationalError {
  const text = `Cannot use ${file} as ${countriesSetting} (${because}): ${fix}`;
  return new OperationalError('countries_unusable', text, { cause });
}

/** Publishers name the country in one of three ways. */
interface CountryRecord {
  readonly country?: { readonly iso_code?: unknown } | string;
  readonly country_code?: unknown;
}

function findCountry(reader: Reader<Response>, address: string): string | undefined {
  try {
    const [base = ''] = address.split('/');
    const { country, country_code } = (reader.get(base) ?? {}) as CountryRecord;
    const code = country_code ?? (typeof country === 'object' ? country.iso_code : country);
    return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : undefined;
  } catch {
    // A damaged record, or an IPv6 address in a database of IPv4.
    return undefined;
  }
}
