// Reads where an API takes its keys, as a configuration file has it.
import { z } from 'zod';
import { type CredentialSource, findSourceFault, type SingleSource } from '../domain/credential.ts';
import { headerName, list, oneOf, section, text } from './fields.ts';
import { isUsableForKeys } from './key-header.ts';

/** The keys of a mapping by the place that they describe. */
const places = [['header', 'scheme', 'parameter'], ['basic'], ['subprotocol'], ['query', 'risk']] as const;

/** The words with which an operator accepts keys in URLs. */
const acceptedRisk = 'keys in URLs end up in logs and histories';

const riskOfQueries = `must accept the risk of keys in URLs: servers and proxies write URLs to their logs, and browsers to their histories and to Referer. Set risk: "${acceptedRisk}", or take keys in a header`;

const mapping = section({
  header: headerName('x-acme-key').describe('The header that carries the key.').optional(),
  scheme: text(
    'a scheme such as Token',
    (value) => (/^[a-z][a-z0-9._-]{0,39}$/i.test(value) ? value : undefined),
    'The word before the key, such as Token. Without header: in Authorization.',
  ).optional(),
  parameter: text(
    'a name such as token',
    (value) => (/^[a-z][a-z0-9_-]{0,39}$/i.test(value) ? value : undefined),
    'The parameter of the scheme that holds the key: Token token="KEY".',
  ).optional(),
  basic: oneOf(['user', 'password'], 'The part of Basic that is the key.').optional(),
  subprotocol: text(
    'the start of a WebSocket subprotocol such as acme-key., at least 3 of A-Z, a-z, 0-9 and . _ -',
    (value) => (/^[a-z0-9._-]{3,60}$/i.test(value) ? value : undefined),
    'The text before the key in a WebSocket subprotocol, such as acme-key.',
  ).optional(),
  query: text(
    'the name of a parameter such as api_key',
    (value) => (/^[a-z][a-z0-9._-]{0,39}$/i.test(value) ? value : undefined),
    'The parameter of the query that carries the key. Set risk too.',
  ).optional(),
  risk: z
    .string({ error: () => riskOfQueries })
    .describe(`Only with query, and only these words: ${acceptedRisk}.`)
    .optional(),
}).transform((given, context): SingleSource => {
  const fail = (path: readonly PropertyKey[], message: string) => {
    context.addIssue({ code: 'custom', message, path: [...path] });
    return z.NEVER;
  };
  const named = places.flatMap((keys) => keys.find((key) => given[key] !== undefined) ?? []);
  const [first, second] = named;
  if (first === undefined) return fail([], 'is empty: set header, scheme, basic, subprotocol or query');
  if (second !== undefined) return fail([second], `is another place than ${first}: keep one of them`);
  if (given.basic !== undefined) return { kind: 'basic', part: given.basic };
  if (given.subprotocol !== undefined) return { kind: 'subprotocol', prefix: given.subprotocol };
  if (given.query !== undefined) {
    return given.risk === acceptedRisk ? { kind: 'query', name: given.query } : fail(['risk'], riskOfQueries);
  }
  if (given.risk !== undefined) return fail(['risk'], 'belongs to query: set query, or remove risk');
  const { header = 'authorization', scheme, parameter } = given;
  if (!isUsableForKeys(header))
    return fail(['header'], `${header} already has a meaning: use another, such as x-api-key`);
  if (scheme === undefined) {
    return parameter === undefined
      ? { kind: 'header', header }
      : fail(['scheme'], 'is missing: set the scheme that the parameter follows, such as Token');
  }
  if (/^basic$/i.test(scheme))
    return fail(['scheme'], 'Basic has a user name and a password: use basic: user or basic: password');
  if (/^bearer$/i.test(scheme) && header === 'authorization' && parameter === undefined) return { kind: 'bearer' };
  return { kind: 'scheme', header, scheme, ...(parameter !== undefined && { parameter }) };
});

const word = oneOf(
  ['bearer', 'basic'],
  'bearer: Authorization: Bearer KEY. basic: Authorization: Basic, with the key as the user name.',
).transform((kind): SingleSource => (kind === 'bearer' ? { kind } : { kind, part: 'user' }));

const single = z.union([mapping, word]);

/**
 * Where a request carries the key: `bearer`, `{ header: x-acme-key }`, `{ scheme: Token }`, `{ basic: password }`,
 * `{ subprotocol: acme-key. }`, `{ query: api_key, risk: … }`, or a list of such places.
 */
export const credentialSource = z
  .union([
    list(single, 'places', 'Two or more places, of which a request may use exactly one.').transform(
      (sources, context): CredentialSource => {
        const source = { kind: 'anyOf', sources } as const;
        const message = findSourceFault(source);
        if (message === undefined) return source;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      },
    ),
    mapping,
    word,
  ])
  .describe('Where a request carries the key.');
