// Measures a whole decision about a cached key over the floor: one hash and one look-up. Runs in a process of its own.
// `node authorize-over-floor.ts --keys 1000 --calls 200000 --rounds 9` prints one line of JSON.
import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { createInProcessLimiter } from '../../src/coordination/in-process.ts';
import { createSteadyClock } from '../../src/domain/clock.ts';
import type { ProtectedApi } from '../../src/domain/protected-api.ts';
import { generateSecret } from '../../src/domain/secret.ts';
import { createAuthorize } from '../../src/engine/authorize.ts';
import { createClientCharge } from '../../src/engine/client-charge.ts';
import { KeyCache } from '../../src/engine/key-cache.ts';
import type { StoredSecret } from '../../src/engine/ports.ts';
import { interleave } from '../measure.ts';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000' },
    calls: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '9' },
  },
});
const keyCount = Number(values.keys);
const calls = Number(values.calls);

// PalCards' header and 80 characters, with endpoint patterns and a limit, which the profile itself leaves off.
const api: ProtectedApi = {
  id: 'palcards',
  source: profiles.palcards.source,
  secret: profiles.palcards.secret,
  policy: {
    ...profiles.palcards.policy,
    hasEndpoints: true,
    rateLimits: [{ limit: 1_000_000_000, windowSeconds: 60 }],
  },
};
const secrets = Array.from({ length: keyCount }, () => flat(generateSecret(api.secret, 'live')));
const addresses = Array.from({ length: keyCount }, (_, at) => flat(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`));
const digests = secrets.map((secret) => hash('sha256', secret, 'hex'));

const clock = createSteadyClock();
const keys = new KeyCache({
  store: { findSecret: async (digest) => storedSecret(digest) },
  policyOf: () => api.policy,
  capacity: 2 * keyCount + 2,
});
const authorize = createAuthorize(api, {
  keys,
  limiter: createInProcessLimiter(),
  chargeClient: createClientCharge(api, { clientLimiter: createInProcessLimiter(), clock }),
  clock,
  onFault(error) {
    throw error;
  },
});

const rawHeaders = [
  ['Host', 'api.palcards.example'],
  ['User-Agent', 'curl/8.14.1'],
  ['Accept', '*/*'],
  ['x-api-key', ''],
  ['Content-Type', 'application/json'],
].flat();
const secretAt = 7;
const facts = {
  method: 'GET',
  path: '/v1/users/usr_123',
  rawHeaders,
  clientAddress: '',
  environment: 'live' as const,
  requiredScopes: undefined,
};

let touched = 0;

// The store that fills the cache, on first use of each key.
const places = new Map(digests.map((digest, at) => [digest, at]));
function storedSecret(digest: string): StoredSecret | undefined {
  const at = places.get(digest) as number;
  return {
    digest,
    endsAtMs: null,
    key: {
      seq: at + 1,
      id: flat(`key_${String(at).padStart(20, '0')}`),
      apiId: api.id,
      orgId: `org_${at % 1000}`,
      environment: 'live',
      restrictions: {
        addresses: [flat(addresses[at] as string)],
        referrers: [],
        endpoints: ['GET /v1/users/*'],
        scopes: [],
      },
      rateLimits: [],
      grantedLimits: null,
      metadata: {},
      expiresAtMs: null,
      revokedAtMs: null,
      disabledAtMs: null,
    },
    org: {
      seq: (at % 1000) + 1,
      id: `org_${at % 1000}`,
      status: 'active',
      suspendedApis: [],
      grantedLimits: new Map(),
      metadata: {},
    },
  };
}
for (let at = 0; at < keyCount; at++) {
  if ((await decide(at)) !== true) throw new Error('a key that must pass was refused');
}
places.clear();

/** The floor's result: an object of its own for each key, so that each look-up reads memory. */
const floorMap = new Map(digests.map((digest, at) => [digest, { at }]));
const order = Int32Array.from({ length: calls }, () => Math.floor(Math.random() * keyCount));

async function decide(at: number): Promise<boolean> {
  present(at);
  return (await authorize(facts)).kind === 'allowed';
}

/**
 * Builds a request. A server would just have parsed it, so both sides read the address here, which puts it into the
 * CPU's cache.
 */
function present(at: number): void {
  rawHeaders[secretAt] = secrets[at] as string;
  const address = addresses[at] as string;
  facts.clientAddress = address;
  touched += address.charCodeAt(address.length - 1);
}

function runFloor(): void {
  let found = 0;
  for (let turn = 0; turn < calls; turn++) {
    const at = order[turn] as number;
    present(at);
    if (floorMap.get(hash('sha256', rawHeaders[secretAt] as string, 'hex')) !== undefined) found++;
  }
  if (found !== calls) throw new Error('the floor missed a key');
}

function runDecision(): void {
  let allowed = 0;
  for (let turn = 0; turn < calls; turn++) {
    const at = order[turn] as number;
    present(at);
    const verdict = authorize(facts);
    if ('kind' in verdict && verdict.kind === 'allowed') allowed++;
  }
  if (allowed !== calls) throw new Error('a decision went wrong');
}

const timed = (work: () => void) => () => {
  const startedNs = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - startedNs) / calls;
};
const [floor, decision] = await interleave([timed(runFloor), timed(runDecision)], Number(values.rounds));
if (touched === 0) throw new Error('no address was read');
console.log(JSON.stringify({ floor, decision }));

/** A string as a parser makes it: one piece in memory, not a tree of concatenations. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
