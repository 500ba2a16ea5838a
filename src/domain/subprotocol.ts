// The subprotocol of a WebSocket that carries a key, among those that a client offers (RFC 6455 §11.3.4).

/** One element of a list of subprotocols. `rest`: what follows the prefix; `undefined`: the element is malformed. */
export interface KeyElement {
  readonly rest: string | undefined;
}

/** The subprotocols with one prefix. */
export interface Subprotocols {
  /** The elements of one header line that carry a key, or try to. */
  find(line: string): readonly KeyElement[];
  /** The line without these elements. `undefined`: nothing is left. */
  remove(line: string): string | undefined;
}

/**
 * Compiles the search. Subprotocols are compared exactly. An element in another case, or one that is no token and has
 * the prefix behind a separator, is a key that an upstream must not get either, so it is found as malformed.
 */
export function createSubprotocols(prefix: string): Subprotocols {
  const escaped = prefix.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const marked = new RegExp(`(?:^|[^!#$%&'*+.^_\`|~0-9A-Za-z-])${escaped}`, 'i');
  return {
    find: (line) =>
      split(line)
        .filter((element) => marked.test(element))
        .map((element) => ({ rest: element.startsWith(prefix) ? element.slice(prefix.length) : undefined })),
    remove(line) {
      if (!marked.test(line)) return line;
      const kept = split(line).filter((element) => !marked.test(element));
      return kept.length === 0 ? undefined : kept.join(', ');
    },
  };
}

/** The elements, without empty ones (RFC 9110 §5.6.1) and the white space around them, which is spaces and tabs. */
function split(line: string): string[] {
  return line.split(',').flatMap((element) => withoutBlanks(element) || []);
}

/** Not `trim`, which removes more than HTTP does, and no expression, which would take quadratic time. */
function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
