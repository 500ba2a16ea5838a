// Tokens of the internal listener: keys of Miftah itself. They belong to an API and an organization that no
// configuration and no list has, so they share secrets, digests, rotation, expiry and revocation with all keys.
import type { TokenGrant, TokenPurpose } from './grant.ts';
import type { Policy } from './protected-api.ts';
import { randomBase62, type SecretFormat } from './secret.ts';

/** The API of tokens. No configuration can name it: ids of APIs begin with a letter. */
export const tokenApiId = '_tokens';

/** The organization that owns tokens. No list shows it, and no command finds it. */
export const systemOrgId = '_system';

/** The prefix of tokens, and of the operator token. */
export const tokenPrefix = 'mft_';

/** Longer than the operator token, so that the length tells them apart. */
export const tokenFormat: SecretFormat = { prefixes: { live: tokenPrefix }, length: 54, alphabet: 'base62' };

/** The rules for tokens as keys. What a token may do is in its scopes: `readRights`. */
export const tokenPolicy: Policy = {
  addresses: { mode: 'cidr', whenEmpty: 'any' },
  hasReferrers: false,
  hasEndpoints: false,
  hasExpiry: true,
  expiry: { defaultDays: undefined, maxDays: undefined },
  name: { min: 1, max: 100 },
  orgKind: undefined,
  keyIds: 'prefixed',
  canRotate: true,
  canDisable: false,
  selfService: { list: false, create: false, rotate: false, revoke: false },
  maxKeysPerOrg: undefined,
  requiresAddresses: false,
  rateLimits: [],
  limitWindows: 'fixed',
  rateLimitWindowSeconds: undefined,
  countsRefusals: false,
  memberScopes: [],
  templates: [],
  memberMetadata: [],
  // The name of a token is metadata too, because a decision keeps no names of keys.
  forwardedMetadata: ['name'],
  scopeRules: [],
  hasStrictPaths: false,
  rotateAfterDays: undefined,
  billing: { ends: [], billsHeadAndOptions: false, billsTest: false },
  weightRules: [],
};

/** The id of a new token. */
export function newTokenId(): string {
  return `tok_${randomBase62(20)}`;
}

/** What a token may do, without the name of the token. */
export type TokenRights = Pick<TokenGrant, 'may' | 'apis' | 'org' | 'isReadOnly'>;

/** The scopes that say what a token may do. `readRights` reads them. */
export function writeRights({ may, apis, org, isReadOnly }: TokenRights): readonly string[] {
  return [
    `may:${may}`,
    ...(apis === 'all' ? ['apis:all'] : apis.map((id) => `api:${id}`)),
    org === undefined ? 'orgs:all' : `org:${org}`,
    isReadOnly ? 'read' : 'write',
  ];
}

/**
 * What a token may do. `undefined`: nothing, because a scope is missing or unknown. A newer version may have written it
 * as a bound, so leaving it out could allow more than was granted.
 */
export function readRights(scopes: readonly string[]): TokenRights | undefined {
  const apis: string[] = [];
  let may: TokenPurpose | undefined;
  let reach: 'all' | 'some' | undefined;
  let org: { readonly id: string | undefined } | undefined;
  let access: 'read' | 'write' | undefined;
  for (const scope of scopes) {
    if (may === undefined && (scope === 'may:decide' || scope === 'may:metrics' || scope === 'may:admin')) {
      may = scope.slice(4) as TokenPurpose;
    } else if (scope === 'apis:all' && reach === undefined) reach = 'all';
    else if (/^api:./.test(scope) && reach !== 'all') {
      reach = 'some';
      apis.push(scope.slice(4));
    } else if (scope === 'orgs:all' && org === undefined) org = { id: undefined };
    else if (/^org:./.test(scope) && org === undefined) org = { id: scope.slice(4) };
    else if ((scope === 'read' || scope === 'write') && access === undefined) access = scope;
    else return undefined;
  }
  if (may === undefined || reach === undefined || org === undefined || access === undefined) return undefined;
  return { may, apis: reach === 'all' ? 'all' : apis, org: org.id, isReadOnly: access === 'read' };
}
