// Turns Kong's export into rows for `miftah import`: node kong.mjs kong.yaml > keys.jsonl
// Reads what `deck gateway dump` and `kong config db_export` write, as YAML or JSON. It needs yaml: npm install yaml
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const dump = parse(readFileSync(process.argv[2], 'utf8'));
const consumers = dump.consumers ?? [];

/** decK nests what belongs to a consumer, and Kong's own export names the consumer by its id. */
const ownedBy = (consumer, kind) => [
  ...(consumer[kind] ?? []),
  ...(dump[kind] ?? []).filter(({ consumer: owner }) => [consumer.id, consumer.username].includes(owner?.id ?? owner)),
];

const windows = { second: 's', minute: 'm', hour: 'h', day: 'd' };

for (const consumer of consumers) {
  const owner = consumer.username ?? consumer.custom_id;
  const limits = ownedBy(consumer, 'plugins')
    .filter(({ name, enabled }) => name === 'rate-limiting' && enabled !== false)
    .flatMap(({ config }) =>
      Object.entries(windows).flatMap(([name, unit]) => (config[name] ? `${config[name]}/${unit}` : [])),
    );
  for (const [at, credential] of ownedBy(consumer, 'keyauth_credentials').entries()) {
    if (credential.ttl) {
      console.error(`${owner}: a key with a ttl was left out, because its end is not in the export`);
      continue;
    }
    const row = {
      secret: credential.key,
      name: `${owner} ${at + 1}`,
      orgName: owner,
      rateLimits: limits,
      tags: [...new Set([...(consumer.tags ?? []), ...(credential.tags ?? [])])],
      ...(credential.created_at && { createdAt: new Date(credential.created_at * 1000).toISOString() }),
      ...(consumer.custom_id && { metadata: { custom_id: consumer.custom_id } }),
    };
    console.log(JSON.stringify(row));
  }
}
