// The Via header (RFC 9110 §7.6.3): which proxies a message has passed, and how often this one.

/** Requests that have passed so many servers of this name go round in circles, or are made to look so. */
export const maxPasses = 8;

/**
 * How often `name` stands in a Via value as the one who received the message: `1.1 miftah`, `HTTP/1.1 miftah
 * (comment)`.
 */
export function countPasses(via: string, name: string): number {
  let count = 0;
  for (const element of via.toLowerCase().split(',')) {
    const [, receivedBy] = /^[ \t]*\S+[ \t]+(\S+)/.exec(element) ?? [];
    if (receivedBy === name.toLowerCase()) count++;
  }
  return count;
}
