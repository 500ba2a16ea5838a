// The building blocks of schemas for configuration files. Each error says what to write instead.
import { z } from 'zod';
import { suggestName } from '../domain/closest-name.ts';
import { redactUrl } from '../domain/redact-url.ts';

/** A mapping in which an unknown key is an error that suggests the right key. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') {
        const keys = issue.keys as readonly string[];
        return keys.map((key) => `${shown(key)} is not known here: ${suggestName(key, names)}`).join('; ');
      }
      return issue.input === undefined ? 'is missing' : `must be a mapping with ${names.join(', ')}`;
    },
  });
}

/** Text that `parse` reads. `parse` returns `undefined` for invalid text. */
export function text<T>(what: string, parse: (value: string) => T | undefined, description: string) {
  return z
    .string({
      error: (issue) => (issue.input === undefined ? `is missing: set ${what}` : mustBe(issue.input, what)),
    })
    .transform((value, context): T => {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message: mustBe(value, what) });
      return z.NEVER;
    })
    .describe(description);
}

export function oneOf<Value extends string>(values: readonly [Value, ...Value[]], description: string) {
  return z
    .enum(values, {
      error: (issue) => {
        if (issue.input === undefined) return `is missing: use one of ${values.join(', ')}`;
        if (typeof issue.input !== 'string') return `must be one of ${values.join(', ')}`;
        return `${shown(issue.input)} is not known: ${suggestName(issue.input, values)}`;
      },
    })
    .describe(description);
}

export function flag(description: string) {
  return z.boolean({ error: (issue) => mustBe(issue.input, 'true or false') }).describe(description);
}

export function wholeNumber(min: number, max: number, description: string) {
  const error = (issue: { readonly input?: unknown }) => mustBe(issue.input, `a whole number from ${min} to ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error }).describe(description);
}

export function share(description: string) {
  const error = (issue: { readonly input?: unknown }) => mustBe(issue.input, 'a number from 0 to 1, such as 0.05');
  return z.number({ error }).min(0, { error }).max(1, { error }).describe(description);
}

export function list<Item extends z.ZodType>(item: Item, what: string, description: string) {
  return z.array(item, { error: () => `must be a list of ${what}` }).describe(description);
}

export function mustBe(value: unknown, what: string): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${shown(String(value))} must be ${what}`
    : `must be ${what}`;
}

/** Quotes a value for an error without the password of a URL. The reader of the file removes keys from all errors. */
function shown(value: string): string {
  return JSON.stringify(redactUrl(value).slice(0, 60));
}

/** A header name. Text in other case means the same. */
export const headerName = (example: string) =>
  text(
    `a header name such as ${example}`,
    (value) => (/^[a-z0-9][a-z0-9-]{0,59}$/i.test(value) ? value.toLowerCase() : undefined),
    'A header name.',
  );

/** Returns a host name in lower case; `undefined` if it is none. */
export function parseHost(value: string): string | undefined {
  const lower = value.toLowerCase();
  if (!/^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/.test(lower)) return undefined;
  // `1.2.3.4.5` and `xn--a` look like host names, but URLs can't have them.
  return URL.canParse(`http://${lower}`) && new URL(`http://${lower}`).hostname === lower ? lower : undefined;
}
