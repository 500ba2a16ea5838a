// How checks of several values report what is wrong.

/** Called for each problem. `path` leads to the value in the file. */
export type Report = (path: readonly PropertyKey[], message: string) => void;
