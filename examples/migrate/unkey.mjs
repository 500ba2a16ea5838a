// Turns the keys of one Unkey API into rows for `miftah import`: node unkey.mjs keys.json > keys.jsonl
// Reads a JSON array with the keys of /v2/apis.listKeys, or with rows of the table `keys`.
import { readFileSync } from 'node:fs';

for (const key of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const leftOut = reasonToLeaveOut(key);
  if (leftOut !== undefined) {
    console.error(`${key.keyId ?? key.id}: left out, because ${leftOut}`);
    continue;
  }
  const limits = (key.ratelimits ?? []).filter(({ autoApply }) => autoApply !== false);
  const row = {
    ...(key.hash ? { digest: key.hash } : { secret: key.plaintext }),
    name: key.name || key.start,
    orgName: key.identity?.externalId ?? key.externalId ?? key.owner_id ?? key.keyId ?? key.id,
    createdAt: new Date(key.createdAt ?? key.created_at_m).toISOString(),
    expiresAt: key.expires ? new Date(key.expires).toISOString() : null,
    rateLimits: limits.map(({ limit, duration }) => `${limit}/${windowOf(duration)}`),
    scopes: key.permissions ?? [],
    metadata: textsOf(typeof key.meta === 'string' ? JSON.parse(key.meta || '{}') : key.meta),
    externalId: key.keyId ?? key.id,
  };
  console.log(JSON.stringify(row));
}

/** Miftah would allow more than Unkey did, or could not find the key. */
function reasonToLeaveOut(key) {
  if (key.enabled === false || key.enabled === 0) return 'it is disabled';
  if (key.deleted_at_m) return 'it is deleted';
  if (key.expires && new Date(key.expires) <= new Date()) return 'it has expired';
  if ((key.credits?.remaining ?? key.remaining_requests ?? null) !== null) return 'it has a budget of credits';
  if (!key.hash && !key.plaintext) return 'it is not recoverable, so Unkey does not give it out';
  return undefined;
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
