import { withApiKey } from 'miftah/next';
import { acme } from '../../../lib/acme.ts';

export const GET = withApiKey(acme, (_request, { auth }) => Response.json({ ordersOf: auth.orgId }));
