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

/** `did you mean x?` or, when nothing is near, what there is to choose from. */
export function suggestName(text: string, candidates: readonly string[]): string {
  const closest = closestName(text, candidates);
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
