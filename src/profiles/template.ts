// Bodies and texts of replies with placeholders such as `{code}`. They are checked and compiled once; each reply only
// fills in its own values. Every value is escaped for the place that it goes to, so no value can end a text early.

/** JSON whose texts may have placeholders, or one text for bodies that are not JSON. */
export type Template = string | number | boolean | null | readonly Template[] | { readonly [member: string]: Template };

/** Placeholders with one value for all replies with an error. */
const constantNames = ['status', 'statusText', 'code', 'message', 'docs', 'contact', 'api'] as const;

/** Placeholders with a value for each reply. */
const varyingNames = [
  'requestId',
  'requestUuid',
  'clientAddress',
  'limit',
  'remaining',
  'reset',
  'retryAfter',
  'time',
] as const;

type ConstantName = (typeof constantNames)[number];
type VaryingName = (typeof varyingNames)[number];

/** Every name that a template may have in braces. */
export const placeholderNames = [...constantNames, ...varyingNames];

/** The values of all replies with one error. `undefined`: the placeholder has no value. */
export interface ConstantValues
  extends Readonly<Record<Exclude<ConstantName, 'message'>, string | number | undefined>> {
  /** A text with placeholders. It may not have `{message}`. */
  readonly message: Text;
}

/** The values of one reply. `undefined`: the placeholder has no value. */
export type VaryingValues = Readonly<Record<VaryingName, string | number | undefined>>;

/** Fills in the values of one reply. */
export type Fill = (values: VaryingValues) => string;

/** A placeholder in a text. */
interface Placeholder {
  readonly name: ConstantName | VaryingName;
  /** Whether a number becomes a text: `{status:text}`. */
  readonly isText: boolean;
}

/** A checked text: its literal parts, and the placeholders between them. */
export type Text = readonly (string | Placeholder)[];

/** How a value is escaped. `quoted`: inside the quotes of a header value (RFC 9110 §5.6.4). */
export type Encoding = 'json' | 'xml' | 'plain' | 'header' | 'quoted';

/** A mistake in a template; `path` leads to it. */
export interface TemplateProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const maxDepth = 16;
const maxCharacters = 16_384;

/** Reads a text. Returns the mistake as a string if the text has one. */
export function readText(text: string): Text | string {
  const parts: (string | Placeholder)[] = [];
  let at = 0;
  for (const { 0: mark, 1: inside, index } of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    if (index > at) parts.push(text.slice(at, index));
    at = index + mark.length;
    if (mark === '{{' || mark === '}}') {
      parts.push(mark.charAt(0));
    } else if (inside === undefined) {
      return `has a brace without its pair: write ${mark}${mark} for the text ${mark}`;
    } else {
      const placeholder = readPlaceholder(inside);
      if (placeholder === undefined)
        return `{${inside.slice(0, 40)}} is not a placeholder: use ${placeholderNames.map((name) => `{${name}}`).join(', ')}, or write {{ for the text {`;
      parts.push(placeholder);
    }
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

function readPlaceholder(inside: string): Placeholder | undefined {
  const isText = inside.endsWith(':text');
  const stated = isText ? inside.slice(0, -':text'.length) : inside;
  const name = placeholderNames.find((known) => known === stated);
  return name === undefined ? undefined : { name, isText };
}

/** Reads a text that was checked before. Throws a `TypeError` for one with a mistake. */
export function textOf(text: string): Text {
  const parts = readText(text);
  if (typeof parts === 'string') throw new TypeError(`the text ${parts}`);
  return parts;
}

/**
 * How values in a body of this type are escaped; `undefined` for a type whose escapes Miftah does not know. HTML takes
 * those of XML.
 */
export function encodingOf(contentType: string): Extract<Encoding, 'json' | 'xml' | 'plain'> | undefined {
  const [type = ''] = contentType.toLowerCase().split(';');
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type.trim())) return 'json';
  if (/^(?:(?:application|text)\/xml|application\/[\w.-]+\+xml|text\/html)$/.test(type.trim())) return 'xml';
  return type.trim() === 'text/plain' ? 'plain' : undefined;
}

/** Finds the mistakes of a body. JSON types need a mapping or a list; the others need a text. */
export function findBodyProblems(body: Template, encoding: Encoding): TemplateProblem[] {
  if (encoding !== 'json') {
    if (typeof body !== 'string')
      return [{ path: [], message: 'must be a text, because contentType is not a JSON type: write one text' }];
    return findTextProblems(body, []);
  }
  if (typeof body !== 'object' || body === null)
    return [{ path: [], message: 'must be a mapping or a list, because contentType is a JSON type' }];
  const problems: TemplateProblem[] = [];
  if (!isShallow(body, maxDepth))
    return [{ path: [], message: `has more than ${maxDepth} levels: write a flatter body` }];
  if (JSON.stringify(body).length > maxCharacters)
    return [{ path: [], message: `is longer than ${maxCharacters} characters: write a shorter body` }];
  walk(body, []);
  return problems;

  function walk(value: Template, path: readonly (string | number)[]): void {
    if (typeof value === 'string') problems.push(...findTextProblems(value, path));
    else if (Array.isArray(value)) for (const [at, item] of value.entries()) walk(item, [...path, at]);
    else if (typeof value === 'object' && value !== null) {
      const names = new Set<string>();
      for (const [stated, member] of Object.entries(value)) {
        const { name } = readMember(stated);
        if (names.has(name))
          problems.push({ path: [...path, stated], message: `names ${name} twice: keep one of them` });
        names.add(name);
        walk(member, [...path, stated]);
      }
    } else if (typeof value === 'number' && !Number.isFinite(value)) {
      problems.push({ path, message: 'is not a number that JSON has: write another' });
    }
  }
}

function findTextProblems(text: string, path: readonly (string | number)[]): TemplateProblem[] {
  if (text.length > maxCharacters) return [{ path, message: `is longer than ${maxCharacters} characters: shorten it` }];
  const read = readText(text);
  return typeof read === 'string' ? [{ path, message: read }] : [];
}

function isShallow(value: Template, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

/** `name?` is a member that is left out if a placeholder in it has no value. `name??` is a member called `name?`. */
function readMember(stated: string): { readonly name: string; readonly isOptional: boolean } {
  if (stated.endsWith('??')) return { name: stated.slice(0, -1), isOptional: false };
  return stated.endsWith('?') ? { name: stated.slice(0, -1), isOptional: true } : { name: stated, isOptional: false };
}

/** A piece of a compiled template: what is the same in all replies, or what differs. */
type Piece = string | Fill;

/** Compiles a body that `findBodyProblems` has passed. Returns the body itself if it is the same in all replies. */
export function compileBody(body: Template, encoding: Encoding, constants: ConstantValues): string | Fill {
  return join(
    encoding === 'json' ? compileJson(body, constants) : compileParts(textOf(body as string), encoding, constants),
  );
}

/** Compiles a text. `undefined`: a placeholder in it has no value in any reply. */
export function compileText(text: Text, encoding: Encoding, constants: ConstantValues): string | Fill | undefined {
  const isMissing = expand(text, constants).some(
    (part) => typeof part !== 'string' && isConstant(part.name) && constantValue(part.name, constants) === undefined,
  );
  return isMissing ? undefined : join(compileParts(text, encoding, constants));
}

function compileJson(value: Template, constants: ConstantValues): Piece[] {
  if (typeof value === 'string') return compileJsonText(textOf(value), constants);
  if (Array.isArray(value)) return ['[', ...separate(value.map((item: Template) => compileJson(item, constants))), ']'];
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)];
  const members = Object.entries(value).flatMap(([stated, member]) => {
    const { name, isOptional } = readMember(stated);
    const needed = isOptional ? namesIn(member, constants) : [];
    if (needed.some((each) => isConstant(each) && constantValue(each, constants) === undefined)) return [];
    const pieces = [`${JSON.stringify(name)}:`, ...compileJson(member, constants)];
    return [{ pieces, needed: needed.filter((each): each is VaryingName => !isConstant(each)) }];
  });
  if (members.every(({ needed }) => needed.length === 0))
    return ['{', ...separate(members.map(({ pieces }) => pieces)), '}'];
  const filled = members.map(({ pieces, needed }) => ({ piece: join(pieces), needed }));
  return [
    (values) => {
      const present = filled.filter(({ needed }) => needed.every((name) => values[name] !== undefined));
      return `{${present.map(({ piece }) => (typeof piece === 'string' ? piece : piece(values))).join(',')}}`;
    },
  ];
}

/** A text that is one placeholder has the type of its value, and null if it has none. */
function compileJsonText(text: Text, constants: ConstantValues): Piece[] {
  const [only] = text;
  if (text.length === 1 && typeof only === 'object' && !only.isText && only.name !== 'message') {
    const { name } = only;
    if (isConstant(name)) return [JSON.stringify(constantValue(name, constants) ?? null)];
    return [(values) => JSON.stringify(values[name] ?? null)];
  }
  return ['"', ...compileParts(text, 'json', constants), '"'];
}

function compileParts(text: Text, encoding: Encoding, constants: ConstantValues): Piece[] {
  const encode = encoders[encoding];
  return text.flatMap((part) => {
    if (typeof part === 'string') return [encodeLiteral(part, encoding)];
    if (part.name !== 'message') return [compileValue(part.name, encode, constants)];
    return constants.message.map((inner) =>
      typeof inner === 'string' ? encode(inner) : compileValue(inner.name, encode, constants),
    );
  });
}

function compileValue(
  name: ConstantName | VaryingName,
  encode: (text: string) => string,
  constants: ConstantValues,
): Piece {
  if (isConstant(name)) return encode(String(constantValue(name, constants) ?? ''));
  return (values) => encode(String(values[name] ?? ''));
}

/** Outside JSON, the literal parts of a template are the markup that values go into. */
function encodeLiteral(text: string, encoding: Encoding): string {
  if (encoding === 'json') return encoders.json(text);
  return encoding === 'header' || encoding === 'quoted' ? encodeHeader(text) : text;
}

/** Puts the message, which has placeholders itself, in the place of `{message}`. */
function expand(text: Text, { message }: ConstantValues): Text {
  return text.flatMap((part) => (typeof part === 'object' && part.name === 'message' ? message : [part]));
}

function namesIn(value: Template, constants: ConstantValues): (ConstantName | VaryingName)[] {
  if (typeof value === 'string')
    return expand(textOf(value), constants).flatMap((part) => (typeof part === 'string' ? [] : [part.name]));
  if (typeof value !== 'object' || value === null) return [];
  const inner = Array.isArray(value)
    ? (value as readonly Template[])
    : Object.entries(value).flatMap(([stated, member]) => (readMember(stated).isOptional ? [] : [member]));
  return inner.flatMap((each) => namesIn(each, constants));
}

/** The placeholders of a text that have a value for each reply. */
export function varyingNamesIn(text: Text, { message }: Pick<ConstantValues, 'message'>): readonly VaryingName[] {
  return text.flatMap((part) => {
    if (typeof part === 'string') return [];
    if (part.name === 'message') return varyingNamesIn(message, { message: [] });
    return isConstant(part.name) ? [] : [part.name];
  });
}

function isConstant(name: ConstantName | VaryingName): name is ConstantName {
  return (constantNames as readonly string[]).includes(name);
}

/** A message always has a value, and none inside itself. */
function constantValue(name: ConstantName, constants: ConstantValues): string | number | undefined {
  return name === 'message' ? '' : constants[name];
}

function separate(items: readonly Piece[][]): Piece[] {
  return items.flatMap((pieces, at) => (at === 0 ? pieces : [',', ...pieces]));
}

/** Joins what is the same in all replies, once. */
function join(pieces: readonly Piece[]): string | Fill {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece;
    else joined.push(piece);
  }
  if (joined.length === 0) return '';
  const [only] = joined as [Piece];
  if (joined.length === 1) return only;
  return (values) => {
    let text = '';
    for (const piece of joined) text += typeof piece === 'string' ? piece : piece(values);
    return text;
  };
}

const xmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const encoders: Readonly<Record<Encoding, (text: string) => string>> = {
  json: (text) => JSON.stringify(text).slice(1, -1),
  xml: (text) =>
    text
      .toWellFormed()
      // XML 1.0 §2.2 has no such characters, not even escaped.
      .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
      .replaceAll(/[&<>"']/g, (mark) => xmlEscapes[mark] as string),
  plain: (text) => text.toWellFormed(),
  header: encodeHeader,
  quoted: (text) => encodeHeader(text).replaceAll(/["\\]/g, '\\$&'),
};

/** Percent-encodes all but visible ASCII and spaces, so that no value ends a header or begins another one. */
function encodeHeader(text: string): string {
  return text.toWellFormed().replaceAll(/[^ -~]+/g, (others) => encodeURIComponent(others));
}
