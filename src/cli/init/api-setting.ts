// The configuration that `miftah init` writes, as text and as the object that it says.
import { ConfigError } from '../../config/config-error.ts';
import type { ConfigInput } from '../../config/schema.ts';

/** What someone said about their API. */
export interface ApiSetting {
  readonly id: string;
  /** The name of the product, in any script. */
  readonly product: string;
  /** What keys begin with, without the environment: `acme` for `acme_live_…` and `acme_test_…`. */
  readonly prefix: string;
  /** `undefined`: Miftah only decides, and forwards nothing. */
  readonly proxied: { readonly hosts: readonly string[]; readonly upstream: string } | undefined;
  readonly storage: Storage;
}

export const storages = ['folder', 'postgres'] as const;
export type Storage = (typeof storages)[number];

/** The variable that has the address of PostgreSQL. */
export const databaseVariable = 'DATABASE_URL';

export const examplePostgres = 'postgres://miftah:PASSWORD@127.0.0.1:5432/miftah';

/** An id for a name in any script: `My Shop` is `my-shop`. */
export function idOf(name: string): string {
  const words =
    name
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const id = words
    .join('-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-$/, '');
  return id === '' ? 'api' : id;
}

/** A prefix for an id. It is short, so that the secret has enough random characters. */
export function prefixOf(id: string): string {
  const letters = id.replaceAll('-', '').slice(0, 9);
  return letters.length < 2 ? `${letters}key` : letters;
}

export function objectOf({ id, product, prefix, proxied, storage }: ApiSetting): ConfigInput {
  return {
    dataDir: './miftah-data',
    ...(storage === 'postgres' && { database: examplePostgres }),
    apis: [
      {
        id,
        ...(product !== id && { product }),
        ...(proxied !== undefined && { hosts: [...proxied.hosts], upstream: proxied.upstream }),
        secretPrefix: prefixes(prefix),
      },
    ],
  };
}

/** The text of miftah.yaml. `schema` is the path of the schema, for editors. */
export function yamlOf({ id, product, prefix, proxied, storage }: ApiSetting, schema: string | undefined): string {
  const { live, test } = prefixes(prefix);
  return [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    '# The settings of Miftah. The page docs/reference/config.md of the package lists all of them.',
    'dataDir: ./miftah-data',
    ...(storage === 'postgres' ? [`database: \${${databaseVariable}}`] : []),
    'apis:',
    `  - id: ${id}`,
    ...(product === id ? [] : [`    product: ${quoted(product)}`]),
    ...(proxied === undefined
      ? []
      : [`    hosts: [${proxied.hosts.map(quoted).join(', ')}]`, `    upstream: ${quoted(proxied.upstream)}`]),
    `    secretPrefix: { live: ${live}, test: ${test} }`,
    '    # publicPaths: [GET /health] # requests that need no key',
    '    # policy: { rateLimit: 100/m } # for each key',
    '',
  ].join('\n');
}

/** Says what is wrong with a value of the setting. `undefined`: nothing. */
export async function findFault(
  setting: ApiSetting,
): Promise<{ readonly path: string; readonly fault: string } | undefined> {
  const { loadConfig } = await import('../../config/load.ts');
  try {
    loadConfig({ config: objectOf(setting), environment: {} });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [{ path = '', message = '' } = {}] = error.problems;
    return { path, fault: message };
  }
}

function prefixes(prefix: string) {
  return { live: `${prefix}_live_`, test: `${prefix}_test_` };
}

/** A text as YAML. JSON is YAML, so what may mean something there is written as JSON. `$${` stands for `${`. */
function quoted(text: string): string {
  const isPlain = /^[A-Za-z][\w.:/-]*[\w/]$/.test(text) && !/^(?:true|false|null)$/i.test(text);
  return isPlain ? text : JSON.stringify(text).replaceAll('${', () => '$${');
}
