// A URL or connection string that is safe to show: without user and password, even if they are in the wrong place.

/** `password=…` in a query or in libpq's keyword form, quoted or not; also `sslpassword`, `passfile` and similar. */
const keyword = /(pass\w*|pwd|secret|token)(\s*=\s*)(?:'(?:\\.|[^'\\])*'?|\S+)/gi;

/**
 * Cuts the text between the first `//` and the last `@`: a password that contains an unencoded `@`, `/`, `?`, `#` or
 * space may end anywhere before it. Without an `@`, it cuts the text after a colon of the authority, unless that is a
 * port. Without a `//`, it cuts the text before the last `@` if a colon is in it. It also cuts values of password
 * keywords. Linear. It may cut more than the secret, never less.
 */
export function redactUrl(text: string): string {
  return cut(text.replaceAll(keyword, '$1$2…'));
}

function cut(text: string): string {
  const at = text.lastIndexOf('@');
  const scheme = /^(?:[A-Za-z][A-Za-z\d+.-]*:)?\/\//.exec(text)?.[0];
  if (scheme === undefined) {
    const colon = text.indexOf(':');
    return colon !== -1 && colon < at ? `…${text.slice(at)}` : text;
  }
  const authorityAt = scheme.length;
  if (at >= authorityAt) return `${text.slice(0, authorityAt)}…${text.slice(at)}`;
  const authority = /^[^/?#]*/.exec(text.slice(authorityAt))?.[0] ?? '';
  const isPlain = authority.split(',').every((host) => /^(?:\[[\dA-Fa-f:.]*\]|[^:\s]*)(?::\d{0,5})?$/.test(host));
  return isPlain ? text : `${text.slice(0, authorityAt)}…`;
}
