// The Forwarded header (RFC 7239): who received the request from whom, one element for each proxy.

/** One element: its `for`, without quotes, and its `proto`; `undefined` for what it does not say. */
export interface ForwardedHop {
  readonly node: string | undefined;
  readonly scheme: string | undefined;
}

/**
 * The elements in order, without empty ones; `undefined` when the text has not the form of the header, or an element
 * names a parameter twice. A value may have colons and brackets without quotes, as many proxies write it. A quote
 * without an end makes all of it unreadable: a client's must not swallow what a proxy appends.
 */
export function parseForwarded(text: string): readonly ForwardedHop[] | undefined {
  const hops: ForwardedHop[] = [];
  const next = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:[\]-]+))[ \t]*)?([,;]|$)/y;
  let parameters = new Map<string, string>();
  for (;;) {
    const found = next.exec(text);
    if (found === null) return undefined;
    const [, name, quoted, plain, end] = found;
    if (name !== undefined) {
      const lowerName = name.toLowerCase();
      if (parameters.has(lowerName)) return undefined;
      parameters.set(lowerName, plain ?? (quoted as string).replaceAll(/\\(.)/g, '$1'));
    }
    if (end === ';') continue;
    if (parameters.size > 0) hops.push({ node: parameters.get('for'), scheme: parameters.get('proto') });
    if (end === '') return hops;
    parameters = new Map();
  }
}

/** The element that says whom a request came from. */
export function formatForwarded(address: string): string {
  return address.includes(':') ? `for="[${address}]"` : `for=${address}`;
}
