// Measures better-auth's API-key plugin in process: it verifies random keys of its own. Runs in the folder where it is
// installed.
// `node verify-keys.mjs --storage memory|sqlite|defaults --keys 1000 --calls 2000 --rounds 3` prints microseconds a
// call, by setting.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';

const { values } = parseArgs({
  options: {
    storage: { type: 'string' },
    folder: { type: 'string' },
    keys: { type: 'string', default: '1000' },
    calls: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const keyCount = Number(values.keys);
const calls = Number(values.calls);

/** High enough to refuse nothing. */
const wideLimit = { timeWindow: 60_000, maxRequests: 1_000_000_000 };
const inMemory = { storage: 'secondary-storage' };
const settings = {
  memory: [
    { name: 'limit on', plugin: { ...inMemory, rateLimit: { enabled: true, ...wideLimit } } },
    {
      name: 'limit on, updates deferred',
      plugin: { ...inMemory, deferUpdates: true, rateLimit: { enabled: true, ...wideLimit } },
    },
    { name: 'limit off', plugin: { ...inMemory, rateLimit: { enabled: false } } },
    { name: 'limit off, updates deferred', plugin: { ...inMemory, deferUpdates: true, rateLimit: { enabled: false } } },
  ],
  sqlite: [{ name: 'WAL, synchronous NORMAL', plugin: { rateLimit: { enabled: true, ...wideLimit } } }],
  defaults: [{ name: 'defaults', plugin: { rateLimit: { enabled: true, ...wideLimit } } }],
}[values.storage];

const results = {};
for (const [at, { name, plugin }] of settings.entries()) {
  const database = new DatabaseSync(join(values.folder, `${values.storage}-${at}.db`));
  if (values.storage !== 'defaults') database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  const entries = new Map();
  const options = {
    baseURL: 'http://127.0.0.1',
    secret: 'a secret of the benchmark that guards nothing',
    database,
    logger: { level: 'error' },
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true },
    // Runs deferred updates. Without a handler the plugin waits for them.
    advanced: { backgroundTasks: { handler: (promise) => void promise.catch(() => {}) } },
    ...(values.storage === 'memory' && {
      secondaryStorage: {
        get: (key) => entries.get(key) ?? null,
        set: (key, value) => void entries.set(key, value),
        delete: (key) => void entries.delete(key),
      },
    }),
    plugins: [apiKey({ defaultPrefix: 'sk_live_', ...plugin })],
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const auth = betterAuth(options);
  // Creating a key lists its owner's keys, so each owner has only a few.
  const secrets = [];
  let userId;
  for (let index = 0; index < keyCount; index++) {
    if (index % 10 === 0) {
      const context = await auth.$context;
      const user = { name: 'Amal', email: `amal-${index}@example.com`, emailVerified: true };
      userId = (await context.internalAdapter.createUser(user)).id;
    }
    secrets.push((await auth.api.createApiKey({ body: { name: 'bench', userId } })).key);
  }
  const rounds = [];
  for (let round = -1; round < Number(values.rounds); round++) {
    const startedMs = performance.now();
    for (let call = 0; call < calls; call++) {
      const { valid, error } = await auth.api.verifyApiKey({
        body: { key: secrets[Math.floor(Math.random() * keyCount)] },
      });
      if (!valid) throw new Error(`a key was refused: ${JSON.stringify(error)}`);
    }
    // The first round is the warm-up.
    if (round >= 0) rounds.push(((performance.now() - startedMs) * 1000) / calls);
  }
  results[name] = rounds;
  database.close();
}
console.log(JSON.stringify(results));
