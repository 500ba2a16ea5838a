// The settings of a policy, for an API and for a profile.
import { z } from 'zod';
import { isMetadataName } from '../domain/annotations.ts';
import { parseEndpointPattern } from '../domain/endpoint.ts';
import { parseEndpointDemand } from '../domain/endpoint-demand.ts';
import { limitWindows, parseRateLimit } from '../domain/rate-limit.ts';
import { canonicalReferrer } from '../domain/referrer.ts';
import { billableEnds, maxRoutes } from '../domain/use.ts';
import { readName } from '../domain/visible-name.ts';
import { flag, list, mustBe, oneOf, section, text, wholeNumber } from './fields.ts';

const rateLimit = text(
  'off or a limit such as 60/m, 10/s, 1000/h or 100/30s',
  (value) => (value === 'off' ? value : parseRateLimit(value)),
  'off, 60/m, 10/s, 1000/h, 50000/d or 100/30s.',
);

const scope = text(
  'a scope such as payments:write (lower case, digits and : . _ / -)',
  (value) => (/^[a-z0-9][a-z0-9:._/-]{0,99}$/.test(value) ? value : undefined),
  'The scope that a key needs for this endpoint.',
);

const scopes = z
  .record(z.string(), scope, { error: () => 'must be a mapping such as {"POST /v1/payments": payments:write}' })
  .transform((rules, context) =>
    Object.entries(rules).map(([pattern, needed]) => {
      const endpoint = parseEndpointDemand(pattern);
      if (endpoint !== undefined) return { endpoint, pattern, scope: needed };
      const message = mustBe(pattern, 'an endpoint such as GET /v1/users/*');
      context.addIssue({ code: 'custom', message, path: [pattern] });
      return z.NEVER;
    }),
  )
  .describe(
    'Scopes that endpoints require: {"POST /v1/payments": payments:write}. A key needs the scopes of all matching rules.',
  );

const weights = z
  .record(z.string(), wholeNumber(0, 1_000_000, 'The units of a request.'), {
    error: () => 'must be a mapping such as {"POST /v1/payments": 5}',
  })
  .transform((rules, context) => {
    const entries = Object.entries(rules);
    if (entries.length > maxRoutes)
      context.addIssue({ code: 'custom', message: `has ${entries.length} endpoints: the most are ${maxRoutes}` });
    return entries.map(([pattern, units]) => {
      const endpoint = parseEndpointDemand(pattern);
      if (endpoint !== undefined) return { endpoint, pattern, units };
      const message = mustBe(pattern, 'an endpoint such as GET /v1/users/*');
      context.addIssue({ code: 'custom', message, path: [pattern] });
      return z.NEVER;
    });
  })
  .describe(
    'The units that a request to an endpoint counts: {"POST /v1/payments": 5}. The first that matches counts; a request without one counts 1. Usage also counts by these endpoints.',
  );

const metadataName = text(
  'a name such as plan or customer_id (lower-case letters, digits, _ and -, at most 40 characters)',
  (value) => (isMetadataName(value) ? value : undefined),
  'A name of metadata.',
);

const shortText = (what: string, max: number, description: string) =>
  text(what, (value) => readOneLine(value, max), description);

const inLanguages = (what: string, max: number, description: string) =>
  z
    .union([
      shortText(`${what}, or {en: …, ar: …}`, max, 'The same in both languages.'),
      section({ en: shortText(what, max, 'In English.'), ar: shortText(what, max, 'In Arabic.') }),
    ])
    .describe(description);

const givenScope = text(
  'a scope such as payments:write, or *',
  (value) => (/^(?:\*|[a-z0-9][a-z0-9:._/-]{0,99})$/.test(value) ? value : undefined),
  'A scope; * stands for all scopes.',
);

const template = section({
  id: text(
    'an id such as read-only (a-z, 0-9 and -, at most 40 characters)',
    (value) => (/^[a-z][a-z0-9-]{0,39}$/.test(value) ? value : undefined),
    'The id, for the APIs and the command line.',
  ),
  name: inLanguages('a name of at most 60 characters', 60, 'The name, for people.'),
  description: inLanguages('a sentence of at most 200 characters', 200, 'What it is for.').optional(),
  addresses: list(
    text('an address such as 203.0.113.7', (value) => value || undefined, 'An address or a range.'),
    'addresses',
    'The address list.',
  ).optional(),
  referrers: list(
    text('a site such as https://example.com or *.example.com', canonicalReferrer, 'A site.'),
    'sites',
    'The referrers.',
  ).optional(),
  endpoints: list(
    text(
      'an endpoint such as GET /v1/users/*',
      (value) => (parseEndpointPattern(value) === undefined ? undefined : value),
      'A method, or *, and a path.',
    ),
    'endpoints',
    'The endpoints.',
  ).optional(),
  scopes: list(givenScope, 'scopes', 'The scopes. Only those in memberScopes, if that is set.').optional(),
  rateLimits: list(
    text('a limit such as 60/m', parseRateLimit, 'A limit.'),
    'limits',
    'The limits of the key itself. Where a smaller limit is granted, that counts.',
  ).optional(),
  expiresInDays: wholeNumber(1, 36_500, 'Days until the key expires.').optional(),
});

export const policy = section({
  addresses: section({
    mode: oneOf(
      ['none', 'exact_ipv4', 'exact', 'cidr'],
      'The entries that an address list accepts; none: keys have no address list.',
    ).optional(),
    whenEmpty: oneOf(['any', 'block'], 'Whether an empty list allows any address or blocks every request.').optional(),
    required: flag('Whether a key must list at least one address.').optional(),
  })
    .describe('The address lists of keys.')
    .optional(),
  name: section({
    min: wholeNumber(0, 500, 'Minimum number of characters; 0 makes the name optional.').optional(),
    max: wholeNumber(1, 500, 'Maximum number of characters.').optional(),
  })
    .describe("The length of a key's name.")
    .optional(),
  orgKind: text(
    'the kind of organization that may own keys, such as dealer, or any',
    (value) => (/^[a-z][a-z0-9_-]{0,39}$/.test(value) ? value : undefined),
    'The kind of organization that may own keys; any: every kind.',
  ).optional(),
  rotate: flag('Whether keys can be rotated.').optional(),
  disable: flag('Whether keys can be disabled and enabled.').optional(),
  keysMay: list(
    oneOf(['list', 'create', 'rotate', 'revoke'], 'list, create, rotate or revoke.'),
    'list, create, rotate, revoke',
    "What a key may do with its organization's keys through the vendor's management routes. It can rotate only itself.",
  ).optional(),
  maxKeysPerOrg: wholeNumber(
    1,
    1_000_000,
    'Maximum number of keys of an organization, without revoked and expired ones. Default: no limit.',
  ).optional(),
  referrers: flag('Whether keys can be restricted to sites.').optional(),
  endpoints: flag('Whether keys can be restricted to endpoints.').optional(),
  expiry: flag('Whether keys can expire.').optional(),
  defaultExpiryDays: wholeNumber(
    1,
    36_500,
    'Days until a key without a given expiry expires. Default: never.',
  ).optional(),
  rotateAfterDays: wholeNumber(
    0,
    3_650,
    "Age of a secret, in days, from which the console asks for its rotation; 0: never. Default: the profile's.",
  ).optional(),
  maxExpiryDays: wholeNumber(
    1,
    36_500,
    'Maximum lifetime of a key, in days from its creation. Default: no limit.',
  ).optional(),
  rateLimit: z
    .union([rateLimit, list(rateLimit, 'limits', 'All limits apply together.')])
    .describe('The rate limits of each key, unless the operator grants others.')
    .optional(),
  limitWindows: oneOf(
    limitWindows,
    'Which windows the limits of keys count in. fixed: from one whole minute to the next, so that the reset is known in advance; sliding: any minute has at most the limit, also around its start. Default: that of the profile, which is fixed.',
  ).optional(),
  countRefusals: flag("Whether refused requests are counted against their client's address.").optional(),
  memberScopes: list(
    givenScope,
    'scopes',
    'The scopes that members may give their keys; the operator may give any scope. Default: any.',
  ).optional(),
  memberMetadata: list(
    metadataName,
    'names of metadata',
    'The names of metadata that members may set on their keys; the operator may set any. Default: none.',
  ).optional(),
  forwardMetadata: list(
    metadataName,
    'names of metadata',
    'The names of metadata that the upstream gets as X-Miftah-Meta-…; of a key, else of its organization. Default: none.',
  ).optional(),
  templates: list(
    template,
    'templates',
    'Presets for new keys, in the order in which they are offered. Default: none.',
  ).optional(),
  scopes: scopes.optional(),
  strictPaths: flag(
    'Whether every path that servers could read in more than one way is refused. Default: only if the key has endpoints or the API has scopes.',
  ).optional(),
  defaultScope: scope
    .describe('The scope that a request needs if no rule in scopes matches it. Default: none.')
    .optional(),
  billing: section({
    replies: list(
      oneOf(
        billableEnds,
        'A status class of the upstream, unknown (the carrier saw no reply), client_left (before a reply) or upstream_failed.',
      ),
      'status classes such as 2xx, unknown, client_left and upstream_failed',
      'The allowed requests that are billed, by how they ended; []: none. Default [1xx, 2xx, 3xx, 4xx, unknown, client_left].',
    ).optional(),
    headAndOptions: flag('Whether requests with HEAD and OPTIONS are billed too. Default false.').optional(),
    test: flag('Whether requests of test keys are billed too. Default false.').optional(),
  })
    .describe('Which allowed requests usage counts as billed. A change counts for later requests only.')
    .optional(),
  usage: section({ weights: weights.optional() })
    .describe('How usage counts requests. A change counts for later requests only.')
    .optional(),
}).describe('Overrides of the profile.');

export type PolicyFile = z.output<typeof policy>;
export type TemplateFile = z.output<typeof template>;

function readOneLine(value: string, max: number): string | undefined {
  const read = readName(value, { min: 1, max });
  return read.ok ? read.name : undefined;
}
