// Tells the key's owner how to fix a denial: one or two sentences for each reason, with a command if there is one.
import type { Restrictions } from '../domain/api-key.ts';
import { parseEndpointPattern } from '../domain/endpoint.ts';
import type { Reason } from '../domain/verdict.ts';

/** A denial as it was recorded: the input of a fix. */
export interface RefusedSample {
  readonly reason: Reason;
  readonly apiId: string;
  readonly orgId: string | null;
  readonly keyId: string | null;
  readonly clientAddress: string | null;
  readonly method: string;
  readonly path: string;
}

/**
 * One or two sentences for the key's owner. They contain no secret, and text from a client is quoted for a shell. A
 * command that sets a list names all entries: the present ones and the missing one.
 *
 * @param restrictions the key's present restrictions; `undefined`: the denial has no key
 */
export function describeFix(
  refused: RefusedSample,
  restrictions: Omit<Restrictions, 'addressCheck'> | undefined,
): string {
  const { apiId, method, path } = refused;
  const key = refused.keyId ?? 'KEY';
  const { addresses = [], referrers = [], endpoints = [], scopes = [] } = restrictions ?? {};
  const update = `miftah keys update ${key}`;
  const address = refused.clientAddress ?? 'ADDRESS';
  const addAddress = `${update} --ip ${[...new Set([...addresses, address])].join(',')}`;
  switch (refused.reason) {
    case 'credential_missing':
      return `Send the key where ${apiId} takes it. For a working call, run: miftah keys create --api ${apiId}`;
    case 'credential_malformed':
      return 'Copy the whole key again and send it unchanged, with the scheme that the API requires. The key has a typo or is truncated.';
    case 'credential_ambiguous':
      return 'Send the key once, in one header only.';
    case 'key_unknown':
      return `Use a key of ${apiId}: this key was never issued here. List the keys: miftah keys list --api ${apiId}`;
    case 'key_revoked':
      return `Give the client another key; revocation is final. Create one: ${createCommand(refused)}`;
    case 'key_disabled':
      return `Enable the key: miftah keys enable ${key}`;
    case 'key_expired':
      return `Set a later expiry (${update} --expires 90d), or send the newest secret if the key was rotated.`;
    case 'org_suspended':
      return `Ask the operator to resume the organization: miftah orgs resume ${refused.orgId ?? 'ORG'}, or with --api ${apiId} if it is suspended for this API only`;
    case 'environment_mismatch':
      return 'Send test keys to the test host and live keys to the live host.';
    case 'address_not_allowed':
      return `Add ${address} to the key: ${addAddress}`;
    case 'address_list_empty':
      return `An empty address list blocks every request. Add ${address} to the key: ${addAddress}`;
    case 'referrer_not_allowed':
      return `Add the calling site to the referrers of the key: ${update} ${listFlags('--referrer', [...referrers, 'https://SITE'])}`;
    case 'endpoint_not_allowed':
      return describeEndpointFix(update, endpoints, endpointOf(refused));
    case 'scope_missing':
      return `Give the key the scope that ${method === '' ? 'the request' : `${method} ${path}`} requires: ${update} ${listFlags('--scope', [...scopes, 'SCOPE'])}`;
    case 'path_not_canonical':
      return 'Send the path in its plain form: no //, no dot segments, no ; or backslash, no encoded slash.';
    case 'rate_limited':
      if (refused.keyId === null)
        return 'Wait for the seconds in Retry-After, and find the client that sends so many requests without a valid key.';
      return `Wait for the seconds in Retry-After, spread the requests, or raise the limit of the key: ${update} --rate 120/m`;
    case 'quota_exceeded':
      return 'Wait until the quota resets, or ask the operator to raise it.';
    case 'unavailable':
      return 'Try again shortly. Miftah could not decide; the key is not the cause. The server log has the reason.';
    default:
      return refused.reason satisfies never;
  }
}

/** Gives no command when the path, as a pattern, would match more than itself, or when it is incomplete. */
function describeEndpointFix(update: string, endpoints: readonly string[], endpoint: string | undefined): string {
  if (endpoint === undefined) {
    return 'Check the requests. If they are right, add a pattern to the endpoints of the key that covers only these requests.';
  }
  return `Add the endpoint to the key: ${update} ${listFlags('--endpoint', [...endpoints, endpoint])}`;
}

/** A recorded path of 200 characters may have been cut. */
const maxCompleteLength = 199;

/** Whether a recorded path is complete: nothing was cut off, escaped or redacted. */
export function isWholePath(path: string): boolean {
  return path.startsWith('/') && path.length <= maxCompleteLength && !/[\\…]/.test(path);
}

/** The request's endpoint as a pattern that matches nothing else. `undefined`: there is no such pattern. */
export function endpointOf({ method, path }: Pick<RefusedSample, 'method' | 'path'>): string | undefined {
  const endpoint = `${method} ${path}`;
  const isPattern = isWholePath(path) && !path.includes('*') && method !== '*';
  return isPattern && parseEndpointPattern(endpoint) !== undefined ? endpoint : undefined;
}

function createCommand({ apiId, orgId }: RefusedSample): string {
  return `miftah keys create --api ${apiId} --org ${orgId ?? 'ORG'} --name NAME`;
}

function listFlags(flag: string, values: readonly string[]): string {
  return values.map((value) => `${flag} ${quoteForShell(value)}`).join(' ');
}

/** The caller chooses the path, and someone may paste the command into a shell. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
