// Suggestions for a mistyped name.

/** Longer input is not compared: the edit distance costs its length times that of the candidate. */
const maxLength = 60;

/** The candidate nearest to `text` by edit distance, if it is near enough to be a typing error. */
function closestName(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > maxLength) return undefined;
  let closest: string | undefined;
  let least = Math.max(2, Math.floor(text.length * 0.4)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(text.toLowerCase(), candidate.toLowerCase());
    if (distance < least && distance < candidate.length) {
      least = distance;
      closest = candidate;
    }
  }
  return closest;
}

/** The candidate with which `text` begins, for example `endpoints` for `endpointPatterns`. */
function nameWithSameStem(text: string, candidates: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  return candidates.find((candidate) => {
    const stem = candidate.toLowerCase().replace(/s$/, '');
    return stem.length >= 4 && lower.startsWith(stem);
  });
}

/** `did you mean x?`, or `use one of x, y, z` when no candidate is near. */
export function suggestName(text: string, candidates: readonly string[]): string {
  const closest = closestName(text, candidates) ?? nameWithSameStem(text.slice(0, maxLength), candidates);
  return closest === undefined ? `use one of ${candidates.join(', ')}` : `did you mean ${closest}?`;
}

/** The Levenshtein distance, computed row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/**
 * Returns `options` when `names` has each of its members. Otherwise throws a `TypeError` that names the unknown member
 * and suggests another: an option that is silently ignored could be the one that protects. `what` begins the message.
 */
export function assertKnownNames<Options extends object>(
  options: Options,
  names: readonly (keyof Options & string)[],
  what: string,
): Options {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${what}: must be an object`);
  for (const name in options) {
    if (!names.includes(name)) throw new TypeError(`${what}: ${name} is not known: ${suggestName(name, names)}`);
  }
  return options;
}
