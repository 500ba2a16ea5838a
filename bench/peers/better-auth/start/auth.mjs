// better-auth with its API-key plugin, as its documentation sets it up.
import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';

export const options = {
  baseURL: 'http://127.0.0.1:8080',
  secret: 'a secret of the measurement that guards nothing',
  database: new DatabaseSync('auth.db'),
  telemetry: { enabled: false },
  plugins: [apiKey()],
};
export const auth = betterAuth(options);
