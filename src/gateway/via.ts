// The Via header (RFC 9110 §7.6.3): which proxies a message has passed, and how often it has passed this one.

/** A request that has passed this many servers of this name is treated as a loop. */
export const maxPasses = 8;

/** Counts how often a Via value names `name` as a recipient, as in `1.1 miftah` or `HTTP/1.1 miftah (comment)`. */
export function countPasses(via: string, name: string): number {
  let count = 0;
  for (const element of via.toLowerCase().split(',')) {
    const [, receivedBy] = /^[ \t]*\S+[ \t]+(\S+)/.exec(element) ?? [];
    if (receivedBy === name.toLowerCase()) count++;
  }
  return count;
}
