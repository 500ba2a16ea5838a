// Replies of the session API: problems, and headers that stop browsers from storing, framing or guessing a reply.
import type { ServerResponse } from 'node:http';
import { type ProblemDetails, problemContentType, problemHeaders } from '../wire/problem.ts';

/** Only the console's own pages may read the JSON, and nothing may store it. */
const securityHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** A response with a problem. `current` is the current state of the record, in a problem about a stale one. */
export function problemResponse(
  problem: ProblemDetails & { readonly current?: object },
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'Content-Type': problemContentType,
      // Never `Basic`, because browsers would open their own sign-in dialog.
      ...(problem.status === 401 && { 'WWW-Authenticate': 'Bearer realm="miftah"' }),
      ...problemHeaders(problem),
      ...headers,
    },
  });
}

/** Writes a whole response with the security headers. Resolves when Node has accepted it, not when it was sent. */
export async function sendResponse(res: ServerResponse, response: Response, requestId?: string): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers: Record<string, string | string[]> = { ...Object.fromEntries(response.headers), ...securityHeaders };
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  // Else Node would send both spellings.
  delete headers['cache-control'];
  res.writeHead(response.status, {
    ...headers,
    'Content-Length': body.length,
    ...(requestId !== undefined && { 'X-Request-Id': requestId }),
  });
  res.end(body);
}
