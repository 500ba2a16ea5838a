// Referrer patterns: an exact origin, a host, or all hosts below a domain. Advisory: only browsers send an honest one.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** A compiled pattern. */
export type ReferrerPattern =
  | { readonly kind: 'origin'; readonly origin: string }
  | { readonly kind: 'host'; readonly host: string }
  /** `suffix` begins with a dot: `*.example.com` does not cover `example.com` itself. */
  | { readonly kind: 'below'; readonly suffix: string };

const hostName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Letters of any script, as in pasted host names. IDNA decides which of them make a name. */
const pastedHost = /^(?:\*\.)?[\p{L}\p{M}\p{N}.-]{1,253}$/u;

/**
 * The stored form of a pasted pattern: without spaces around it, a `/` or `/*` at its end, or the scheme's own port.
 * International names get the form that browsers send (`xn--…`, UTS #46). `undefined` if the text names no site.
 */
export function canonicalReferrer(pasted: string): string | undefined {
  const parts = /^(https?:\/\/)?([^/:?#@\\]+)(?::(\d{1,5}))?(?:\/\*?)?$/i.exec(pasted.trim());
  if (parts === null) return undefined;
  const [, scheme = '', name = '', port = ''] = parts;
  if (!pastedHost.test(name)) return undefined;
  const below = name.startsWith('*.') ? '*.' : '';
  const host = below + domainToASCII(name.slice(below.length));
  // A bare host with a port is valid only for port 80 or 443, which determines the scheme.
  const stated = scheme !== '' || port === '' ? scheme.toLowerCase() : schemesByPort.get(port);
  if (stated === undefined) return undefined;
  const isDefault = port === '' || schemesByPort.get(port) === stated;
  const text = `${stated}${host}${isDefault ? '' : `:${port}`}`;
  return parseReferrerPattern(text) === undefined ? undefined : text;
}

const schemesByPort: ReadonlyMap<string, string> = new Map([
  ['80', 'http://'],
  ['443', 'https://'],
]);

/** Reads `https://example.com`, `http://example.com:8080`, `example.com`, `*.example.com`. Else `undefined`. */
export function parseReferrerPattern(text: string): ReferrerPattern | undefined {
  const lower = text.toLowerCase();
  if (lower.startsWith('http://') || lower.startsWith('https://')) {
    const origin = originOf(lower);
    return origin === undefined || origin.text !== lower ? undefined : { kind: 'origin', origin: lower };
  }
  if (lower.startsWith('*.')) {
    const domain = lower.slice(2);
    // Nothing is below an address.
    return isHost(domain) && domain.includes('.') && isIP(domain) === 0
      ? { kind: 'below', suffix: `.${domain}` }
      : undefined;
  }
  return isHost(lower) ? { kind: 'host', host: lower } : undefined;
}

/**
 * Whether a browser writes the host in this form, in lower case. A numeric last label makes it parse an IPv4 address
 * (WHATWG URL, "ends-in-a-number checker"), which it then writes in its one form.
 */
function isHost(host: string): boolean {
  if (!hostName.test(host)) return false;
  const last = host.slice(host.lastIndexOf('.') + 1);
  return !/^(?:\d+|0x[\da-f]*)$/.test(last) || isIP(host) === 4;
}

/** Whether the pattern covers the value of a `Referer` or `Origin` header. Malformed values match nothing. */
export function matchesReferrer(pattern: ReferrerPattern, value: string): boolean {
  const origin = originOf(value);
  if (origin === undefined) return false;
  switch (pattern.kind) {
    case 'origin':
      return origin.text === pattern.origin;
    case 'host':
      return origin.port === '' && origin.host === pattern.host;
    case 'below':
      return origin.port === '' && origin.host.endsWith(pattern.suffix);
  }
}

/**
 * The origin of an http(s) URL, parsed by hand and strictly. WHATWG parsing maps `https://example.com\@evil.com` and
 * `https://%65xample.com` to hosts that they do not name. User info, backslashes, `%` and anything else odd make the
 * URL invalid here.
 */
function originOf(url: string): { readonly text: string; readonly host: string; readonly port: string } | undefined {
  const parts = /^(https?):\/\/([A-Za-z0-9.-]{1,253})(?::([1-9]\d{0,4}))?(?:[/?#][!-[\]-~]*)?$/i.exec(url);
  if (parts === null) return undefined;
  const scheme = (parts[1] as string).toLowerCase();
  const host = (parts[2] as string).toLowerCase();
  if (!isHost(host)) return undefined;
  const stated = parts[3] ?? '';
  if (Number(stated) > 65_535) return undefined;
  const port = stated === (scheme === 'https' ? '443' : '80') ? '' : stated;
  return {
    text: port === '' ? `${scheme}://${host}` : `${scheme}://${host}:${port}`,
    host,
    port,
  };
}
