import { withApiKey } from 'miftah/next';
import { acme } from '../../../lib/acme.ts';

export const POST = withApiKey(acme, (_request, { auth }) => Response.json({ paidBy: auth.keyId }));
