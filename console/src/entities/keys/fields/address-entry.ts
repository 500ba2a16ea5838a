// Reads the addresses that people type and paste: splits them, finds wrong ones, and warns of private ones.
import type { ConsoleApi } from '../../../api/config.ts';

/** Which addresses the API accepts: `exact4`, `exact46` or `cidr`. */
export type ShownMode = NonNullable<ConsoleApi['fields']['addresses']['mode']>;

/** Why an entry is refused. */
export type AddressFault = 'not_address' | 'no_range' | 'only_four' | 'bad_range';

/**
 * Splits a text at commas (Latin or Arabic), semicolons, spaces and line breaks. Each entry appears once, with Latin
 * digits.
 */
export function splitAddresses(text: string): readonly string[] {
  const latin = text.replaceAll(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660));
  return [...new Set(latin.split(/[\s,،;؛]+/).filter((entry) => entry !== ''))];
}

/** Finds obvious mistakes. The server decides. */
export function findAddressFault(entry: string, mode: ShownMode): AddressFault | undefined {
  const [address = '', prefix, ...more] = entry.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0) return 'not_address';
  if (prefix !== undefined) {
    if (mode !== 'cidr') return 'no_range';
    if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return 'bad_range';
  }
  return family === 6 && mode === 'exact4' ? 'only_four' : undefined;
}

function familyOf(address: string): 4 | 6 | undefined {
  const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
  if (new RegExp(`^${octet}(?:\\.${octet}){3}$`).test(address)) return 4;
  return address.includes(':') && /^[0-9a-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]`) ? 6 : undefined;
}

const privateNetworks = [
  /^10\./,
  /^127\./,
  /^169\.254\./,
  /^192\.168\./,
  /^172\.(?:1[6-9]|2\d|3[01])\./,
  /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^::1(?:\/|$)/,
  /^f[cd][0-9a-f]{2}:/i,
  /^fe[89ab][0-9a-f]:/i,
];

/** Whether the address is private. No request from the internet has such an address. */
export function isPrivateAddress(entry: string): boolean {
  return privateNetworks.some((network) => network.test(entry));
}
