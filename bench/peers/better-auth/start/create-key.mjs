// Creates the tables, a user and a key, and prints the key.
import { getMigrations } from 'better-auth/db/migration';
import { auth, options } from './auth.mjs';

const { runMigrations } = await getMigrations(options);
await runMigrations();
const { internalAdapter } = await auth.$context;
const { id: userId } = await internalAdapter.createUser({
  name: 'First customer',
  email: 'first@example.com',
  emailVerified: true,
});
console.log((await auth.api.createApiKey({ body: { name: 'first key', userId } })).key);
