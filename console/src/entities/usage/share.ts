// The share of a part. A small share is not shown as zero.

/** A smaller share would be shown as 0 %. */
const smallest = 0.001;

export interface Share {
  /** From 0 to 1. */
  readonly ratio: number;
  /** The share is less than `ratio`. */
  readonly isLess: boolean;
}

/** Returns the share of `part` in `whole`. `whole` may be 0 only where `part` is. */
export function shareOf(part: number, whole: number): Share {
  if (part === 0) return { ratio: 0, isLess: false };
  const ratio = part / whole;
  return ratio < smallest ? { ratio: smallest, isLess: true } : { ratio, isLess: false };
}
