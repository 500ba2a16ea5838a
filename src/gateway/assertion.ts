// The signed statement that tells an upstream who sent a request: a JWT that it can verify without asking Miftah.
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { noAnnotations } from '../domain/annotations.ts';
import type { AuthorizedKey } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';

/** How long an assertion is valid, in seconds. */
const lifetimeSeconds = 60;
/** A signature costs more than the whole decision, so a key's requests share one for half of its lifetime. */
const reuseSeconds = 30;

export interface Assertions {
  /**
   * Returns a JWT (EdDSA) with `iss` miftah, `aud` the API, `sub` the key, `org`, `env`, `scope`, `iat` and `exp`, and
   * `meta` if the upstream learns metadata of the key. It stays valid for at least half of its 60 seconds. Returns a string when a recent one can be reused, else a promise.
   */
  assert(key: AuthorizedKey): string | Promise<string>;
  /** The public keys, for `/.well-known/jwks.json` (RFC 7517 §5). */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** One key, or several of which the first signs. Upstreams also accept the others: former keys, and the next one. */
export type SigningKeys = JWK | { readonly keys: readonly JWK[] };

/** Makes a private signing key as a JWK. Keep it in a file that only the server can read. */
export async function generateSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'EdDSA', use: 'sig' };
}

/**
 * Throws a `TypeError` if a key has not the form that `generateSigningKey` returns, or if two have the same `kid`. Only
 * the first key needs its private part.
 */
export async function createAssertions(given: SigningKeys, clock: Clock): Promise<Assertions> {
  const keys = 'keys' in given ? given.keys : [given];
  const published = keys.map(toPublicKey);
  const [signingKey] = keys;
  if (signingKey?.d === undefined) throw new TypeError('the first signing key has no private part');
  if (new Set(published.map(({ kid }) => kid)).size < keys.length) throw new TypeError('two signing keys have one kid');
  const kid = signingKey.kid as string;
  const privateKey = await importJWK(signingKey, 'EdDSA');
  // Indexed by record, not by id: a changed key is a new record, and its assertions must carry the new values.
  const recent = new WeakMap<AuthorizedKey, { readonly token: string; readonly reusableUntilMs: number }>();

  async function sign(key: AuthorizedKey, nowMs: number): Promise<string> {
    const issuedAt = Math.floor(nowMs / 1000);
    const metadata = key.metadata === noAnnotations.metadata ? {} : { meta: key.metadata };
    const claims = { org: key.orgId, env: key.environment, scope: key.scopes.join(' '), ...metadata };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
      .setIssuer('miftah')
      .setAudience(key.apiId)
      .setSubject(key.id)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetimeSeconds)
      .sign(privateKey);
    recent.set(key, { token, reusableUntilMs: nowMs + reuseSeconds * 1000 });
    return token;
  }

  return {
    assert(key) {
      const nowMs = clock.nowMs();
      const known = recent.get(key);
      return known !== undefined && nowMs < known.reusableUntilMs ? known.token : sign(key, nowMs);
    },
    jwks: { keys: published },
  };
}

/** Names each member, so that no private one is published. */
function toPublicKey({ kty, crv, x, kid }: JWK): JWK {
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof kid !== 'string')
    throw new TypeError('a signing key is not an Ed25519 key with a kid');
  return { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' };
}
