// A URL or connection string as it may be shown: without user and password, wherever a mistake has put them.

/** `password=…` of a query or of libpq's keyword form, quoted or not; also `sslpassword`, `passfile` and the like. */
const keyword = /(pass\w*|pwd|secret|token)(\s*=\s*)(?:'(?:\\.|[^'\\])*'?|\S+)/gi;

/**
 * Cuts what lies between the first `//` and the last `@`: a password with `@`, `/`, `?`, `#` or a space in it, which should have been
 * percent-encoded, ends nowhere else for sure. Without an `@`, what follows a colon of the authority is cut unless it is a port; without a
 * `//`, what precedes the last `@` is cut where it has a colon. Values of password keywords are cut too. Linear. It may cut more than
 * the secret, never less.
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
