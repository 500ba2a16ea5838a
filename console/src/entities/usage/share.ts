// A part of a whole as it is written: what is there is not shown as nothing.

/** Below it a share would be shown as 0 %. */
const smallest = 0.001;

export interface Share {
  /** 0 to 1. */
  readonly ratio: number;
  /** `ratio` says too much: it is less than that. */
  readonly isLess: boolean;
}

/** The share of `part` in `whole`; `whole` is not 0 where `part` is not. */
export function shareOf(part: number, whole: number): Share {
  if (part === 0) return { ratio: 0, isLess: false };
  const ratio = part / whole;
  return ratio < smallest ? { ratio: smallest, isLess: true } : { ratio, isLess: false };
}
