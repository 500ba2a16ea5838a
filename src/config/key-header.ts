// Which headers can carry a key.

/** Headers that can't carry a key, because they have another meaning or change on the way. */
const unusableHeaders: ReadonlySet<string> = new Set([
  ...['accept', 'cache-control', 'connection', 'content-encoding', 'content-length', 'content-type', 'cookie', 'date'],
  ...['expect', 'forwarded', 'host', 'keep-alive', 'origin', 'range', 'referer', 'set-cookie', 'te', 'traceparent'],
  ...['tracestate', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent', 'via', 'x-real-ip', 'x-request-id'],
]);

const unusablePrefixes = ['access-control-', 'proxy-', 'sec-', 'x-forwarded-', 'x-miftah-'] as const;

/** Whether a header can carry keys, by its name in lower case. */
export function isUsableForKeys(header: string): boolean {
  return !unusableHeaders.has(header) && !unusablePrefixes.some((prefix) => header.startsWith(prefix));
}
