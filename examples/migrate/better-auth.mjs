// Turns rows of better-auth's table `apikey`, a JSON array, into rows for `miftah import`:
// node better-auth.mjs apikeys.json > keys.jsonl
import { readFileSync } from 'node:fs';

for (const key of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const leftOut = reasonToLeaveOut(key);
  if (leftOut !== undefined) {
    console.error(`${key.id}: left out, because ${leftOut}`);
    continue;
  }
  const permissions = Object.entries(read(key.permissions) ?? {});
  const row = {
    digest: key.key,
    name: key.name ?? key.start ?? key.id,
    orgName: key.owner ?? key.referenceId,
    createdAt: new Date(key.createdAt).toISOString(),
    expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
    rateLimits: key.rateLimitEnabled ? [`${key.rateLimitMax}/${windowOf(key.rateLimitTimeWindow)}`] : [],
    // { files: ['read'] } becomes files:read.
    scopes: permissions.flatMap(([resource, actions]) => actions.map((action) => `${resource}:${action}`)),
    metadata: textsOf(read(key.metadata)),
    externalId: key.id,
    ...(key.prefix && { prefix: key.prefix }),
  };
  console.log(JSON.stringify(row));
}

/** Miftah would allow more than better-auth did. */
function reasonToLeaveOut(key) {
  if (!key.enabled) return 'it is disabled';
  if (key.expiresAt !== null && new Date(key.expiresAt) <= new Date()) return 'it has expired';
  if (key.remaining !== null) return `it has a budget of ${key.remaining} requests`;
  return undefined;
}

/** JSON in a column of text, and at times in two layers. */
function read(value) {
  return typeof value === 'string' ? read(JSON.parse(value)) : value;
}

/** 60000 becomes 60s, and 86400000 becomes 1d. */
function windowOf(milliseconds) {
  const seconds = milliseconds / 1000;
  return seconds % 86_400 === 0 ? `${seconds / 86_400}d` : `${seconds}s`;
}

function textsOf(metadata) {
  const entries = Object.entries(metadata ?? {}).filter(([, value]) => typeof value !== 'object');
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}
