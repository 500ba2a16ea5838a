// kill-storage.test.ts runs this until it kills it. It changes keys, and prints each acknowledged change.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { KeyCache } from '../../src/engine/key-cache.ts';
import { createLocalCoherence } from '../../src/management/coherence.ts';
import { createKeyCommands } from '../../src/management/keys.ts';
import { openRevocationLog } from '../../src/storage/revocation-log.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';

const [folder, orgId] = process.argv.slice(2) as [string, string];
const storage = await openSqlite({ file: join(folder, 'miftah.db') });
const { id, source, secret, policy } = profiles.classic;
const keys = createKeyCommands({
  store: storage.management,
  apis: new Map([[id, { id, source, secret, policy }]]),
  coherence: createLocalCoherence(new KeyCache({ store: storage.keyStore, policyOf: () => policy })),
  clock: systemClock,
  revocations: await openRevocationLog(join(folder, 'revocations.log')),
});

let commands = 0;

/** Prints synchronously: a change that was not printed was not acknowledged to anyone. */
async function give(what: string, run: (requestId: string) => Promise<string>): Promise<string> {
  const requestId = `${process.pid}-${++commands}`;
  const keyId = await run(requestId);
  writeSync(1, `${what} ${requestId} ${keyId}\n`);
  return keyId;
}

function actor(requestId: string) {
  return { kind: 'operator', via: 'library', address: null, requestId } as const;
}

for (;;) {
  const name = `key ${commands}`;
  const keyId = await give('created', async (requestId) => {
    return (await keys.createKey(actor(requestId), { apiId: id, orgId, name })).key.id;
  });
  for (let step = 0; step < 3; step++) {
    if (Math.random() < 0.5) {
      await give('updated', async (requestId) => {
        const change = { name: `${name} of ${requestId}`, addresses: [`203.0.113.${commands % 255}`] };
        return (await keys.updateKey(actor(requestId), keyId, change)).id;
      });
    } else {
      await give('rotated', async (requestId) => (await keys.rotateKey(actor(requestId), keyId, '1h')).key.id);
    }
  }
  if (Math.random() < 0.5) continue;
  await give('revoked', async (requestId) => (await keys.revokeKey(actor(requestId), keyId)).id);
}
