// The name that was probably meant.

const longest = 60;

/** The candidate nearest to `text` by edit distance, when it is near enough to be a slip of the hand. */
function closestName(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > longest) return undefined;
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

/** The candidate that begins as `text` does: `endpointPatterns` was meant to be `endpoints`. */
function alikeName(text: string, candidates: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  return candidates.find((candidate) => {
    const stem = candidate.toLowerCase().replace(/s$/, '');
    return stem.length >= 4 && lower.startsWith(stem);
  });
}

/** `did you mean x?` or, when nothing is near, what there is to choose from. */
export function suggestName(text: string, candidates: readonly string[]): string {
  const closest = closestName(text, candidates) ?? alikeName(text.slice(0, longest), candidates);
  return closest === undefined ? `use one of ${candidates.join(', ')}` : `did you mean ${closest}?`;
}

/** Levenshtein's distance, one row at a time. */
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
 * `options` itself, once each of its members is one of `names`. Throws a `TypeError` that names the one that is not and the one that was
 * probably meant: an option that is passed over could be the one that protects. `what` begins the message.
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
