import { withApiKey } from 'miftah/next';
import type { NextRequest } from 'next/server';
import { acme } from '../../../../lib/acme.ts';

type Context = RouteContext<'/v1/orders/[id]'>;

export const GET = withApiKey<NextRequest, Context>(acme, async (request, { params, auth }) => {
  const { id } = await params;
  return Response.json({ order: id, of: auth.orgId, page: request.nextUrl.searchParams.get('page') });
});
