// Durations in milliseconds.
export const oneHourMs = 3_600_000;
export const oneDayMs = 24 * oneHourMs;
