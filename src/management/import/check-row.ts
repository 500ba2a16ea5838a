// Checks one row of an import against the policy of its API, and converts it to its stored form.
import { type Annotations, noAnnotations } from '../../domain/annotations.ts';
import { type ApiKey, type Environment, environments, type SecretHint } from '../../domain/api-key.ts';
import {
  type DigestAlgorithm,
  type ImportedFormat,
  parseDigest,
  toStoredDigest,
} from '../../domain/imported-secret.ts';
import type { ProtectedApi } from '../../domain/protected-api.ts';
import type { Redactor } from '../../domain/redaction.ts';
import { checkAnnotations } from '../annotation-input.ts';
import { checkName } from '../display-name.ts';
import { parseInstant } from '../instant.ts';
import { checkKeyFields, type KeyFields } from '../key-input.ts';
import { checkEnvironment, defaultExpiry } from '../keys/create.ts';
import { addressesRequired } from '../keys/errors.ts';
import { toGrant } from '../keys/update.ts';
import { invalidInput } from '../management-error.ts';

/** A key of another system, as the input describes it. */
export interface ImportRow extends KeyFields {
  /** SHA-256 or SHA-512 of the secret, hex or base64. */
  readonly digest: string;
  /** Optional check, because the digest's length determines the algorithm. */
  readonly algorithm?: string | undefined;
  /** The id of its organization. This or `orgName`. */
  readonly org?: string | undefined;
  /** The name of its organization, which is created if no organization has it. */
  readonly orgName?: string | undefined;
  /** Default `live`. */
  readonly environment?: string | undefined;
  /** ISO 8601 with offset, not in the future. Default: now. */
  readonly createdAt?: string | undefined;
  /** The visible parts of the secret: at most 40, 4 and 4 characters. Default: the prefix of `importedKeys`. */
  readonly prefix?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/** A valid row. Only its organization is still unchecked, because that needs the store. */
export interface CheckedRow
  extends Pick<
      ApiKey,
      'environment' | 'name' | 'restrictions' | 'rateLimits' | 'grantedLimits' | 'createdAtMs' | 'expiresAtMs' | 'hint'
    >,
    Annotations {
  readonly owner: { readonly id: string } | { readonly name: string };
}

/** The digest in its stored form. Throws a `ManagementError` for a digest that the API would never find. */
export function checkDigest({ digest, algorithm }: ImportRow, imported: ImportedFormat): string {
  const given = parseDigest(digest);
  if (given === undefined) {
    throw invalidInput('digest', 'must be a SHA-256 or SHA-512 in hex or base64, without a salt or an algorithm name');
  }
  const stated = algorithm?.toLowerCase().replace('-', '');
  if (stated !== undefined && stated !== given.algorithm) {
    throw invalidInput('algorithm', `does not match the digest, which has the length of ${given.algorithm}`);
  }
  assertAlgorithm(given.algorithm, imported.algorithm);
  return toStoredDigest(given);
}

function assertAlgorithm(given: DigestAlgorithm, wanted: DigestAlgorithm): void {
  if (given === wanted) return;
  throw invalidInput('digest', `is a ${given}, but importedKeys of this API requires ${wanted}`);
}

/** The rules for rows. */
export interface RowRules {
  readonly api: ProtectedApi;
  readonly imported: ImportedFormat;
  readonly redactor: Redactor;
  readonly nowMs: number;
}

/** Throws a `ManagementError` that names the first field at fault. */
export function checkRow(row: ImportRow, { api, imported, redactor, nowMs }: RowRules): CheckedRow {
  const createdAtMs = row.createdAt === undefined ? nowMs : parseInstant('createdAt', row.createdAt);
  if (createdAtMs > nowMs) throw invalidInput('createdAt', 'must not be in the future');
  const fields = checkKeyFields({ ...row, name: row.name ?? '' }, { policy: api.policy, redactor }, nowMs, createdAtMs);
  const restrictions = { addresses: [], referrers: [], endpoints: [], scopes: [], ...fields.restrictions };
  if (api.policy.requiresAddresses && restrictions.addresses.length === 0) throw addressesRequired();
  return {
    environment: checkEnvironment(readEnvironment(row.environment), api),
    name: fields.name ?? '',
    restrictions,
    rateLimits: fields.rateLimits ?? [],
    // Only operators import.
    grantedLimits: toGrant(fields.rateLimits ?? []),
    ...noAnnotations,
    ...checkAnnotations(row, noAnnotations, redactor),
    createdAtMs,
    expiresAtMs: fields.expiresAtMs === undefined ? defaultExpiry(api, nowMs) : fields.expiresAtMs,
    hint: checkHint(row, imported),
    owner: checkOwnerOf(row),
  };
}

function readEnvironment(text = 'live'): Environment {
  const environment = environments.find((each) => each === text);
  if (environment === undefined) throw invalidInput('environment', `must be ${environments.join(' or ')}`);
  return environment;
}

function checkOwnerOf({ org, orgName }: ImportRow): CheckedRow['owner'] {
  if ((org === undefined) === (orgName === undefined)) {
    throw invalidInput('org', 'set either org or orgName, not both');
  }
  return org !== undefined ? { id: org } : { name: checkOrgName(orgName as string) };
}

function checkOrgName(text: string): string {
  try {
    return checkName(text, { min: 1, max: 200 });
  } catch (error) {
    throw invalidInput('orgName', (error as Error).message.replace(/^name: /, ''));
  }
}

const maxLengths = { prefix: 40, start: 4, end: 4 } as const;

function checkHint({ prefix, start = '', end = '' }: ImportRow, imported: ImportedFormat): SecretHint {
  const hint = { prefix: prefix ?? imported.prefix, start, end };
  for (const member of ['prefix', 'start', 'end'] as const) {
    if (hint[member].length > maxLengths[member] || !/^[!-~]*$/.test(hint[member])) {
      throw invalidInput(member, `must be at most ${maxLengths[member]} printable characters of the secret`);
    }
  }
  return hint;
}
