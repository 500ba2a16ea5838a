// The pages of the HTTP API, route by route, made from the OpenAPI document.

/** The parts of an OpenAPI document that ours uses. */
export interface OpenApi {
  readonly info: { readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly tags: readonly [string, ...string[]];
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, Reply>>;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Reply {
  readonly description: string;
  readonly content?: Content;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly default?: unknown;
}

const schemasPage = 'schemas.md';

/** The pages by their path: an index, one for each group of routes, one with all schemas. */
export function openApiPages(document: OpenApi): ReadonlyMap<string, string> {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );
  const groups = [...new Set(routes.map(({ operation }) => operation.tags[0]))];
  const pages = new Map<string, string>();
  const index = groups.map((group) => {
    const about = document.tags.find(({ name }) => name === group)?.description;
    const own = routes.filter(({ operation }) => operation.tags[0] === group);
    pages.set(pageOf(group), describeGroup(group, about, own, document));
    const rows = own.map(({ route, operation }) => row([`\`${route}\``, link(operation.summary, pageOf(group))]));
    return `## ${group}\n\n${about === undefined ? '' : `${about}\n\n`}${table(['route', ''], rows)}`;
  });
  pages.set('index.md', `# The admin API, route by route\n\n${document.info.description}\n\n${index.join('\n')}`);
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `## ${name}\n\n${describe(schema, '')}`,
  );
  pages.set(schemasPage, `# Schemas of the admin API\n\n${schemas.join('\n')}`);
  return pages;
}

const pageOf = (group: string): string => `${group.toLowerCase()}.md`;

function describeGroup(
  group: string,
  about: string | undefined,
  routes: readonly { readonly route: string; readonly operation: Operation }[],
  document: OpenApi,
): string {
  const parts = routes.map(({ route, operation }) => describeOperation(route, operation, document));
  return `# ${group}\n\n${about === undefined ? '' : `${about}\n\n`}${parts.join('\n')}`;
}

function describeOperation(route: string, operation: Operation, document: OpenApi): string {
  const { summary, description, parameters = [], requestBody, responses, security } = operation;
  const resolved = parameters.map(({ $ref, ...parameter }) =>
    $ref === undefined ? (parameter as Parameter) : (lookUp(document, $ref) as Parameter),
  );
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const replies = Object.entries(responses).filter(([status]) => status !== 'default');
  return [
    `## ${summary}`,
    `\`${route}\`${security?.length === 0 ? ', without a token' : ''}`,
    description,
    resolved.length > 0 &&
      table(
        ['parameter', 'in', 'type', 'meaning'],
        resolved.map(({ name, in: place, required, schema, description: meaning }) =>
          row([
            `\`${name}\``,
            place + (required === true ? ', required' : ''),
            typeOf(schema, schemasPage),
            meaning ?? schema.description ?? '',
          ]),
        ),
      ),
    body !== undefined &&
      (body.$ref === undefined
        ? `**Body:**\n\n${describe(body, schemasPage)}`
        : `**Body:** ${typeOf(body, schemasPage)}`),
    table(
      ['status', 'reply', 'meaning'],
      replies.map(([status, { description: meaning, content = {} }]) => {
        const [type, media] = Object.entries(content)[0] ?? [];
        const shown = media?.schema === undefined ? (type === undefined ? '' : `\`${type}\``) : '';
        return row([status, shown || (media?.schema ? typeOf(media.schema, schemasPage) : ''), meaning]);
      }),
    ),
  ]
    .filter((part) => typeof part === 'string')
    .map((part) => `${part.trimEnd()}\n`)
    .join('\n');
}

/** Finds `#/components/parameters/Cursor`. */
function lookUp(document: OpenApi, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], document);
}

/** A table of the members of a schema, or a sentence with its type. Links to schemas lead to `page`. */
function describe(schema: Schema, page: string): string {
  const about = schema.description === undefined ? '' : `${schema.description}\n\n`;
  const members = membersOf(schema, page);
  return members.length === 0
    ? `${about}${typeOf(schema, page)}\n`
    : about + table(['member', 'type', 'meaning'], members);
}

/** A row for each member, with those of inner objects: `source.address`. */
function membersOf({ properties = {}, required = [], allOf = [] }: Schema, page: string, prefix = ''): string[] {
  const own = Object.entries(properties).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const always = required.includes(name) ? '' : ', optional';
    const preset = member.default === undefined ? '' : ` Default: \`${JSON.stringify(member.default)}\`.`;
    const line = row([`\`${path}\``, `${typeOf(member, page)}${always}`, `${member.description ?? ''}${preset}`]);
    const inner = member.items?.properties === undefined ? member : member.items;
    return [line, ...membersOf(inner, page, `${path}${inner === member ? '' : '[]'}.`)];
  });
  const included = allOf.flatMap((part) =>
    part.$ref === undefined
      ? membersOf(part, page, prefix)
      : [row(['', typeOf(part, page), 'all members of this schema'])],
  );
  return [...included, ...own];
}

/** The type in words: `string`, `list of Key`, `"live" or "test"`. */
function typeOf(schema: Schema, page: string): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    return `[${name}](${page}#${name.toLowerCase()})`;
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map((each) => typeOf(each, page)))].join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (schema.allOf !== undefined) {
    const named = schema.allOf.filter(({ $ref }) => $ref !== undefined);
    return named.length === 0 ? 'object' : named.map((each) => typeOf(each, page)).join(' and ');
  }
  const types = [schema.type ?? 'any'].flat();
  return types
    .map((type) =>
      type === 'array' ? `list of ${schema.items === undefined ? 'any' : typeOf(schema.items, page)}` : type,
    )
    .join(' or ');
}

function table(head: readonly string[], rows: readonly string[]): string {
  return `${[row(head), `|${'---|'.repeat(head.length)}`, ...rows].join('\n')}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function link(text: string, page: string): string {
  return `[${text}](${page}#${text
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-')})`;
}
