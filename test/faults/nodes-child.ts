// nodes.test.ts runs this as one of several nodes on a PostgreSQL. Messages make it decide about secrets and change
// keys.

import { profiles } from '../../src/config/bundled-profiles.ts';
import { createNodeCoherence, type NodeCoherence } from '../../src/coordination/coherence.ts';
import { createInProcessLimiter } from '../../src/coordination/in-process.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { digestSecret } from '../../src/domain/secret.ts';
import { createAuthorize } from '../../src/engine/authorize.ts';
import { KeyCache } from '../../src/engine/key-cache.ts';
import { createKeyCommands } from '../../src/management/keys.ts';
import { createOrganizationCommands } from '../../src/management/organizations.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';

export type NodeRequest =
  | { readonly kind: 'decide'; readonly secret: string }
  | { readonly kind: 'create'; readonly orgId: string }
  | { readonly kind: 'createOrg' }
  | { readonly kind: 'revoke' | 'rotate' | 'revokeAndDie'; readonly keyId: string }
  | { readonly kind: 'suspend' | 'resume'; readonly orgId: string }
  | { readonly kind: 'standing' }
  /** Blocks the event loop. */
  | { readonly kind: 'stall'; readonly forMs: number }
  | { readonly kind: 'leave' };

const [url] = process.argv.slice(2) as [string];
const storage = await openPostgres({ url, isShared: true });
const { nodes } = storage;
if (nodes === undefined) throw new TypeError('the storage is not shared');
const { id, source, secret, policy } = profiles.classic;
const api = { id, source, secret, policy };
const cache: KeyCache = new KeyCache({
  store: storage.keyStore,
  policyOf: () => policy,
  canServe: () => coherence.lease.canServeCached(),
});
const coherence: NodeCoherence = createNodeCoherence({
  ...nodes,
  cache,
  nodeName: 'test',
  onFault: () => undefined,
  onBounded: () => undefined,
});
await coherence.lease.join();

const apis = new Map([[id, api]]);
const revocations = { append: async () => undefined };
const parts = { store: storage.management, apis, coherence, clock: systemClock, revocations };
const keys = createKeyCommands(parts);
const dying = createKeyCommands({
  ...parts,
  // Called after the change is committed, before anything else happens.
  coherence: { hold: async () => void process.kill(process.pid, 'SIGKILL') },
});
const orgs = createOrganizationCommands(parts);
const authorize = createAuthorize(api, {
  keys: cache,
  limiter: createInProcessLimiter(),
  chargeClient: () => undefined,
  clock: systemClock,
  onFault: () => undefined,
});

async function answer(request: NodeRequest): Promise<unknown> {
  switch (request.kind) {
    case 'decide': {
      const rawHeaders = ['Authorization', `Bearer ${request.secret}`];
      const facts = { method: 'GET', path: '/', rawHeaders, clientAddress: '203.0.113.7', environment: undefined };
      const verdict = await authorize(facts);
      const isCached = cache.get(digestSecret(request.secret)) !== undefined;
      return { verdict: verdict.kind === 'allowed' ? 'allowed' : verdict.reason, isCached };
    }
    case 'createOrg':
      return (await orgs.createOrganization(libraryOperator, { name: 'Acme' })).id;
    case 'create': {
      const created = await keys.createKey(libraryOperator, { apiId: id, orgId: request.orgId, name: 'key' });
      return { keyId: created.key.id, secret: created.secret };
    }
    case 'revoke':
      return (await keys.revokeKey(libraryOperator, request.keyId)).id;
    case 'revokeAndDie':
      return (await dying.revokeKey(libraryOperator, request.keyId)).id;
    case 'stall':
      for (const endsAtMs = performance.now() + request.forMs; performance.now() < endsAtMs; );
      return 'over';
    case 'rotate':
      return (await keys.rotateKey(libraryOperator, request.keyId, 'now')).secret;
    case 'suspend':
      return (await orgs.suspendOrganization(libraryOperator, request.orgId)).id;
    case 'resume':
      return (await orgs.resumeOrganization(libraryOperator, request.orgId)).id;
    case 'standing':
      return coherence.lease.standing;
    case 'leave':
      await coherence.close();
      await storage.close();
      return 'left';
  }
}

process.on('message', async ({ number, request }: { number: number; request: NodeRequest }) => {
  try {
    process.send?.({ number, result: await answer(request) });
  } catch (error) {
    process.send?.({ number, error: String(error) });
  }
  if (request.kind === 'leave') process.disconnect?.();
});
process.send?.({ number: 0, result: 'ready' });
