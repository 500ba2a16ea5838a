// Replies of the session API: problems as everywhere, and headers that leave a browser nothing to do with them.
import type { ServerResponse } from 'node:http';
import { type ProblemDetails, problemContentType, problemHeaders } from '../wire/problem.ts';

/** JSON is to be read by our own pages and by nothing else; it is never kept. */
const securityHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

export function problemResponse(
  problem: ProblemDetails & { readonly current?: object },
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'Content-Type': problemContentType,
      // Never `Basic`, for which browsers open a dialog of their own.
      ...(problem.status === 401 && { 'WWW-Authenticate': 'Bearer realm="miftah"' }),
      ...problemHeaders(problem),
      ...headers,
    },
  });
}

/** Writes a whole response. Resolves when it is handed over. */
export async function sendResponse(res: ServerResponse, response: Response, requestId?: string): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers: Record<string, string | string[]> = { ...Object.fromEntries(response.headers), ...securityHeaders };
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  // Both spellings would be sent.
  delete headers['cache-control'];
  res.writeHead(response.status, {
    ...headers,
    'Content-Length': body.length,
    ...(requestId !== undefined && { 'X-Request-Id': requestId }),
  });
  res.end(body);
}
