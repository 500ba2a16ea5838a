// The parameter of a query that carries a key: found as every common server would read it, and removed.

/** The parameter, where the query has it. `value`: decoded; `undefined`: servers could read it in two ways. */
export interface KeyParameter {
  readonly value: string | undefined;
}

export interface QueryKey {
  /** The parameters of a query, without its `?`, that carry a key or could be read so. */
  find(query: string): readonly KeyParameter[];
  /** The target or URL without these parameters. All other bytes stay. */
  remove(target: string): string;
}

/**
 * Compiles the search for a parameter by its name. The key itself must be sent under the exact name, between `&`, and
 * without `+`, which some servers read as a space. Other spellings of the name are found as malformed, because an
 * upstream could read them as the parameter: another case (ASP.NET), `;` as a separator (Rack), `api.key`, `api key` and
 * `api_key[]` for `api_key` (PHP), text after a NUL, and a second `?`.
 */
export function createQueryKey(name: string): QueryKey {
  const wanted = fold(name);

  function isNamed(piece: string): boolean {
    const stated = decodeName(nameIn(piece));
    const folded = fold(stated);
    return folded === wanted || (folded.startsWith(wanted) && stated.charAt(name.length) === '[');
  }

  return {
    find(query) {
      const parts = query.split(separator);
      const found: KeyParameter[] = [];
      for (let at = 0; at < parts.length; at += 2) {
        const piece = parts[at] as string;
        if (!isNamed(piece)) continue;
        const isPlain = parts[at - 1] !== ';' && parts[at + 1] !== ';' && decode(nameIn(piece)) === name;
        found.push({ value: isPlain ? decode(piece.slice(nameIn(piece).length + 1)) : undefined });
      }
      return found;
    },

    remove(target) {
      const start = target.indexOf('?');
      if (start < 0) return target;
      const parts = target.slice(start + 1).split(separator);
      let kept = '';
      let keptPieces = 0;
      for (let at = 0; at < parts.length; at += 2) {
        if (isNamed(parts[at] as string)) continue;
        kept += (keptPieces === 0 ? '' : (parts[at - 1] as string)) + parts[at];
        keptPieces++;
      }
      if (keptPieces * 2 > parts.length) return target;
      return keptPieces === 0 ? target.slice(0, start) : `${target.slice(0, start)}?${kept}`;
    },
  };
}

/** The query of a target. Empty: it has none. */
export function queryOf(target: string): string {
  const start = target.indexOf('?');
  return start < 0 ? '' : target.slice(start + 1);
}

/** The captured separators stay in the result of `split`, at odd places. */
const separator = /([&;])/;

function nameIn(piece: string): string {
  const end = piece.indexOf('=');
  return end < 0 ? piece : piece.slice(0, end);
}

/** `undefined`: not one text for every server. Other characters than visible ASCII must be percent-encoded. */
function decode(text: string): string | undefined {
  if (!/^[!-~]*$/.test(text) || text.includes('+')) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** As lenient servers decode a name: up to a NUL, without spaces or question marks before it. */
function decodeName(text: string): string {
  const [decoded = ''] = text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .split('\0');
  return decoded.replace(/^[\s?]+/, '');
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
}
