import { withApiKey } from '../../../src/middleware/next.ts';
import type { StartFramework } from './app.ts';
import { answerFetch, clientAddress, hostFetch, isRefund } from './fetch.ts';

/** The route handlers of Next.js, called as it calls them. `examples/next` runs Next.js itself. */
export const startRouteHandlers: StartFramework = async (gate, options) => {
  type InRoute = { readonly params: Promise<object> };
  const given = { ...options, clientAddress };
  const route = withApiKey<Request, InRoute>(
    async () => gate,
    (request, { auth }) => answerFetch(request, auth),
    given,
  );
  const refunds = withApiKey<Request, InRoute>(gate, (request, { auth }) => answerFetch(request, auth), {
    ...given,
    scopes: ['refunds:write'],
  });
  return hostFetch((request) => {
    const context = { params: Promise.resolve({}) };
    return (isRefund(request) ? refunds : route)(request, context);
  });
};
