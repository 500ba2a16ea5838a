// Whether a request path has exactly one reading. Miftah never rewrites paths: it forwards the path that it matched.

// Characters that a path may contain unencoded (RFC 3986 §3.3 pchar and "/"), except ";": some servers cut parameters
// at a semicolon and others do not, so they would read two different paths.
const isPlain = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~!$&'()*+,=:@")
  isPlain[char.charCodeAt(0)] = 1;

const slash = 0x2f;
const dot = 0x2e;

/**
 * Whether the text can be the path of a request: it starts with a slash and holds printable ASCII without `#`. The rest
 * may be no valid URI (`/a|b`, `/100%`): browsers send such paths.
 */
export function isTargetPath(path: string): boolean {
  if (path.charCodeAt(0) !== slash) return false;
  for (let at = 1; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || code === 0x23) return false;
  }
  return true;
}

/**
 * True when every server in the chain must read the path alike. False for anything that some server would fold into
 * another path:
 *
 * - relative and absolute-form targets, `//`, dot segments in any spelling, a segment that ends in a dot or a space
 * - `;`, backslashes, encoded slashes, backslashes, control characters and percent signs
 * - an encoded `?` or `#`: a server that decodes before it splits cuts the path there (CVE-2026-32811)
 * - invalid UTF-8, and the fullwidth look-alikes of all these
 *
 * @param path the request target without its query, as it stood in the request line
 */
export function isCanonicalPath(path: string): boolean {
  if (path.charCodeAt(0) !== slash) return false;
  let previous = slash;
  for (let at = 1; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code === slash) {
      if (previous === slash || previous === dot) return false;
    } else if (code !== dot && (code > 127 || isPlain[code] === 0)) {
      return hasOneReading(path);
    }
    previous = code;
  }
  return previous !== dot;
}

/** The slow way, for paths with percent-encoding: it decodes each segment once and checks the result. */
function hasOneReading(path: string): boolean {
  for (let at = 1; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code !== slash && code !== dot && code !== 0x25 && (code > 127 || isPlain[code] === 0)) return false;
  }
  const segments = path.slice(1).split('/');
  return segments.every((segment, at) => {
    if (segment === '') return at === segments.length - 1;
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      return false;
    }
    // NFKC turns fullwidth and other compatibility forms into the dangerous characters themselves.
    return isHarmless(decoded) && isHarmless(decoded.normalize('NFKC'));
  });
}

function isHarmless(segment: string): boolean {
  if (segment.endsWith('.') || segment.endsWith(' ')) return false;
  for (let at = 0; at < segment.length; at++) {
    const code = segment.charCodeAt(at);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return false;
    if (code === slash || code === 0x5c || code === 0x3b || code === 0x25) return false;
    if (code === 0x3f || code === 0x23) return false;
  }
  return true;
}
