// The shape of a profile as people write it: one vendor's rules, wire and console. What it omits is inherited.
import { z } from 'zod';
import { languages } from '../profiles/console.ts';
import { errorGroups, problems } from '../profiles/profile.ts';
import { encodingOf, readText, type Template } from '../profiles/template.ts';
import { credentialSource } from './credential-source.ts';
import { flag, mustBe, oneOf, section, text, wholeNumber } from './fields.ts';
import { managementRoutes } from './management-schema.ts';
import { policy } from './policy-schema.ts';
import { secretFormat } from './secret-format.ts';
import { support } from './support-schema.ts';

/** A section with the same setting under each of several names. Every one can be omitted. */
function sectionOf<Name extends string, Item extends z.ZodType>(names: readonly Name[], item: Item) {
  const shape = Object.fromEntries(names.map((name) => [name, item.optional()]));
  return section(shape as Record<Name, z.ZodOptional<Item>>);
}

const plainText = (what: string, max: number, description: string) =>
  text(
    `${what} of at most ${max} characters`,
    (value) => (value.length <= max && !hasControls(value) ? value : undefined),
    description,
  );

function hasControls(value: string): boolean {
  return /\p{Cc}/u.test(value) || !value.isWellFormed();
}

/** A text with placeholders. `isAllowed` refuses what its place can't hold. */
const template = (what: string, max: number, isAllowed: (value: string) => boolean, description: string) =>
  z
    .string({ error: (issue) => mustBe(issue.input, what) })
    .transform((value, context) => {
      const mistake = value.length <= max && isAllowed(value) ? readText(value) : mustBe(value, what);
      if (typeof mistake !== 'string') return value;
      context.addIssue({ code: 'custom', message: mistake });
      return z.NEVER;
    })
    .describe(description);

const isVisible = (value: string) => /^[ -~]*$/.test(value);

/** Headers that Miftah sets itself, or that carry the message (RFC 9110 §7.6.1, §8.6). */
const ownHeaders = new Set([
  ...['connection', 'content-encoding', 'content-length', 'content-type', 'keep-alive', 'te', 'trailer', 'upgrade'],
  ...['transfer-encoding', 'proxy-connection', 'proxy-authenticate', 'date', 'via', 'vary', 'set-cookie'],
  ...['cache-control', 'link', 'retry-after', 'www-authenticate', 'x-request-id', 'ratelimit', 'ratelimit-policy'],
]);

const isReplyHeader = (name: string) => {
  const lower = name.toLowerCase();
  return (
    /^[a-z0-9][a-z0-9-]{0,59}$/.test(lower) && !ownHeaders.has(lower) && !/^(?:access-control-|x-miftah-)/.test(lower)
  );
};

const rateHeader = (example: string, description: string) =>
  text(
    `none, or the name of a header that Miftah does not set itself, such as ${example}`,
    (value) => (value === 'none' || isReplyHeader(value) ? value : undefined),
    `${description} none: it is not sent.`,
  );

const errorHeaders = z
  .record(
    z.string(),
    template(
      'visible ASCII text',
      1_000,
      isVisible,
      'The value, with placeholders. Without a value, no header is sent.',
    ),
    { error: () => 'must be a mapping such as { X-Error-Code: "{code}" }' },
  )
  .superRefine((headers, context) => {
    const names = new Set<string>();
    for (const name of Object.keys(headers)) {
      const lower = name.toLowerCase();
      if (!isReplyHeader(name)) {
        const message = 'is no header that a profile can set: choose another name, such as X-Error-Code';
        context.addIssue({ code: 'custom', message, path: [name] });
      } else if (names.has(lower)) {
        context.addIssue({ code: 'custom', message: 'is there twice: keep one of them', path: [name] });
      }
      names.add(lower);
    }
  })
  .describe('Further headers of the reply.');

const isMessage = (value: string) => !hasControls(value) && !/\{message(?::text)?\}/.test(value);

const wireError = section({
  status: wholeNumber(400, 599, 'The status of the reply.').optional(),
  code: plainText("the vendor's code: text", 200, "The vendor's code, for {code}.").optional(),
  message: template('text without {message}', 2_000, isMessage, 'For {message}, with placeholders.').optional(),
  headers: errorHeaders.optional(),
}).meta({ id: 'reply', description: 'A reply. What is omitted is inherited.' });

const errors = sectionOf(['default', ...errorGroups, ...problems], wireError).describe(
  'Replies by reason. default: all reasons but limits and outages; invalid_key: those of a request without a valid key; not_allowed: those of a key that may not make this request.',
);

const management = z
  .union([
    z.literal('none', { error: (issue) => mustBe(issue.input, 'none, or a mapping with shape and path') }),
    section({
      ...managementRoutes,
      errors: sectionOf(['not_found', 'forbidden', 'conflict', 'unsupported_media_type'], wireError)
        .describe('Replies to commands that fail.')
        .optional(),
    }),
  ])
  .describe("The vendor's routes for keys that manage keys, or none.");

const contentType = text(
  'a JSON or XML type, text/html or text/plain, in UTF-8, such as application/problem+json',
  (value) => (isContentType(value) ? value : undefined),
  'The type of error replies. It decides how values in the body are escaped.',
);

function isContentType(value: string): boolean {
  const [, parameters = ''] = /^[\w.+-]+\/[\w.+-]+((?:; ?[\w.-]+=(?:[\w.:/-]+|"[^"\\\p{Cc}]*"))*)$/u.exec(value) ?? [];
  const charset = /; ?charset="?([^";]+)/i.exec(parameters)?.[1] ?? 'utf-8';
  return (
    /^[ -~]{1,200}$/.test(value) &&
    /^[\w.+-]+\/[\w.+-]+(?:;.*)?$/.test(value) &&
    /^utf-?8$/i.test(charset) &&
    encodingOf(value) !== undefined &&
    (!value.includes(';') || parameters !== '')
  );
}

const body = z
  .unknown()
  .transform((value, context): Template => {
    if (isTemplate(value)) return value;
    context.addIssue({
      code: 'custom',
      message: 'must be JSON, or a text: use mappings, lists, texts, numbers, true, false and null',
    });
    return z.NEVER;
  })
  .describe('The body of error replies, with placeholders such as {code}: a mapping for JSON types, else a text.');

function isTemplate(value: unknown): value is Template {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isTemplate);
  return (
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every(isTemplate)
  );
}

const rateHeaders = z
  .union([
    z.literal('none', { error: (issue) => mustBe(issue.input, 'none, or a mapping with limit, remaining and reset') }),
    section({
      limit: rateHeader('X-RateLimit-Limit', 'The limit.').optional(),
      remaining: rateHeader('X-RateLimit-Remaining', 'The requests that are left.').optional(),
      reset: rateHeader('X-RateLimit-Reset', 'When the limit resets.').optional(),
      resetAs: oneOf(['unix', 'seconds'], 'unix: seconds since 1970; seconds: the seconds until then.').optional(),
    }),
  ])
  .describe("The vendor's rate headers, or none.");

const word = z
  .union([plainText('a text', 1_000, 'A word or a sentence.'), z.null()], {
    error: (issue) => mustBe(issue.input, 'a text, or null'),
  })
  .optional();

/** The names of `ConsoleWords`, in the order of the form. */
const wordNames = [
  ...['navLabel', 'createKey', 'create', 'nameLabel', 'nameHint', 'nameExample', 'addressesLabel', 'addressesHint'],
  ...[
    'addressesEmpty',
    'secretOnce',
    'schemeNote',
    'revoke',
    'revokeNote',
    'rotateNote',
    'audienceNote',
    'live',
    'test',
  ],
] as const;

const words = sectionOf(wordNames, word).meta({
  id: 'words',
  description: "The vendor's own words. null: the console's own.",
});

const never = 'never';
const days = (issue: { readonly input?: unknown }) =>
  mustBe(issue.input, 'a whole number of days from 1 to 36500, or never');

const consoleSettings = section({
  language: oneOf(languages, 'The language for a visitor who has not chosen one.').optional(),
  suggestedExpiryDays: z
    .union([
      z.int({ error: days }).min(1, { error: days }).max(36_500, { error: days }),
      z.literal(never, { error: days }),
    ])
    .describe('The lifetime that the form of a new key suggests, in days.')
    .optional(),
  addressSeparator: oneOf(['comma', 'line'], 'What separates addresses in the form.').optional(),
  revokeWord: oneOf(['delete', 'revoke'], "The vendor's verb for revoking.").optional(),
  sample: text(
    'a call such as GET /v1/orders',
    (value) => {
      const [, path] = /^GET (\/[!-~]{0,500})$/.exec(value) ?? [];
      return path === undefined ? undefined : { method: 'GET' as const, path };
    },
    'The call that people try a new key with.',
  ).optional(),
  words: sectionOf(languages, words).describe('Words, by language.').optional(),
}).describe('How the console presents the keys of this vendor.');

const productName = text(
  'a name of 1 to 60 characters',
  (value) => (value.trim() !== '' && value.length <= 60 && !hasControls(value) ? value.trim() : undefined),
  'The name of the product.',
);

/** The name of a product, in each language. */
export const product = z
  .union([productName, section({ en: productName, ar: productName.optional() })])
  .transform((name) => (typeof name === 'string' ? { en: name, ar: name } : { en: name.en, ar: name.ar ?? name.en }));

/** A profile. */
export const profile = section({
  extends: text(
    'the id of a profile',
    (value) => value || undefined,
    'The profile that gives what this one omits. Default: standard.',
  ).optional(),
  product: product
    .describe("The vendor's name: one for all languages, or one for each. Default: the id of the API.")
    .optional(),
  source: credentialSource.optional(),
  secret: secretFormat.optional(),
  isolatesTestData: flag(
    'Whether the vendor promises that test requests never reach live data. miftah doctor then wants two upstreams.',
  ).optional(),
  policy: section({
    ...policy.shape,
    keyIds: oneOf(['prefixed', 'cuid'], 'The form of key ids. prefixed: key_…; cuid: as cuid makes them.').optional(),
    rateLimitWindowSeconds: wholeNumber(
      1,
      2_678_400,
      'The only window, in seconds, that limits may have, because the rate headers state it. Default: any.',
    ).optional(),
  })
    .describe('The rules of keys. An API can override them.')
    .optional(),
  contentType: contentType.optional(),
  body: body.optional(),
  errors: errors.optional(),
  challenge: template(
    'a challenge such as Token realm="Acme"',
    500,
    (value) => /^[!#$%&'*+.^_`|~\w-]+(?: [ -~]+)?$/.test(value),
    'The WWW-Authenticate of a 401, with placeholders. Default: the one for the place where the key rides.',
  ).optional(),
  rateHeaders: rateHeaders.optional(),
  rateLimitFields: flag("Whether replies carry the IETF's RateLimit and RateLimit-Policy too.").optional(),
  management: management.optional(),
  support: support.optional(),
  console: consoleSettings.optional(),
}).meta({ id: 'profile', description: "One vendor's rules, wire and console." });

export type ProfileFile = z.output<typeof profile>;

/** A profile before it is checked, from YAML or from TypeScript. */
export type ProfileInput = z.input<typeof profile>;
