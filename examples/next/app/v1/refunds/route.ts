import { withApiKey } from 'miftah/next';
import { acme } from '../../../lib/acme.ts';

const refund = withApiKey(acme, (_request, { auth }) => Response.json({ refundedBy: auth.keyId }), {
  scopes: ['refunds:write'],
});

export const POST = refund;
