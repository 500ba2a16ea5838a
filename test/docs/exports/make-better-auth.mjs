// Makes a real database of better-auth with API keys: node make-better-auth.mjs auth.db. Prints the secrets as JSON.
// Runs in a folder where better-auth and @better-auth/api-key are installed.
import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';

const options = {
  baseURL: 'http://127.0.0.1',
  secret: 'a secret of a test that guards nothing',
  database: new DatabaseSync(process.argv[2]),
  logger: { level: 'error' },
  telemetry: { enabled: false },
  plugins: [apiKey({ defaultPrefix: 'old_', enableMetadata: true, rateLimit: { enabled: false } })],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const context = await auth.$context;
const user = await context.internalAdapter.createUser({
  name: 'Amal',
  email: 'amal@example.com',
  emailVerified: true,
});
const create = (fields) => auth.api.createApiKey({ body: { userId: user.id, ...fields } });

const plain = await create({ name: 'plain' });
const rich = await create({
  name: 'rich',
  expiresIn: 60 * 60 * 24 * 300,
  rateLimitEnabled: true,
  rateLimitMax: 100,
  rateLimitTimeWindow: 60_000,
  permissions: { files: ['read', 'write'] },
  metadata: { plan: 'gold', seats: 3, nested: { a: 1 } },
});
const budget = await create({ name: 'budget', remaining: 5 });
const disabled = await create({ name: 'disabled' });
await auth.api.updateApiKey({ body: { keyId: disabled.id, userId: user.id, enabled: false } });
console.log(
  JSON.stringify(
    Object.fromEntries(Object.entries({ plain, rich, budget, disabled }).map(([name, { key }]) => [name, key])),
  ),
);
options.database.close();
