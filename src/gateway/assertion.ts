// The signed statement that tells an upstream whose request it is: a JWT it can check without asking Miftah.
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { AuthorizedKey } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';

/** Seconds for which an assertion holds. */
const lifetimeSeconds = 60;
/** A signature costs more than the whole decision, so one serves a key's requests for half of its life. */
const reuseSeconds = 30;

export interface Assertions {
  /**
   * A JWT (EdDSA) with `iss` miftah, `aud` the API, `sub` the key, `org`, `env`, `scope`, `iat`, `exp`; at least half of its
   * 60 seconds are left. At once when one was signed lately, else a promise.
   */
  assert(key: AuthorizedKey): string | Promise<string>;
  /** The public half, for `/.well-known/jwks.json` (RFC 7517 §5). */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** A private key to sign with, as a JWK to keep in a file that only the server can read. */
export async function generateSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'EdDSA', use: 'sig' };
}

/** Throws a `TypeError` when `signingKey` is not an Ed25519 private key as `generateSigningKey` makes them. */
export async function createAssertions(signingKey: JWK, clock: Clock): Promise<Assertions> {
  const { d, kid, ...rest } = signingKey;
  if (rest.kty !== 'OKP' || rest.crv !== 'Ed25519' || d === undefined || kid === undefined) {
    throw new TypeError('the signing key is not an Ed25519 private key with a kid');
  }
  const privateKey = await importJWK(signingKey, 'EdDSA');
  // By record and not by id: a key that was changed is a new record, and its assertions must say what it is now.
  const recent = new WeakMap<AuthorizedKey, { readonly token: string; readonly reusableUntilMs: number }>();

  async function sign(key: AuthorizedKey, nowMs: number): Promise<string> {
    const issuedAt = Math.floor(nowMs / 1000);
    const token = await new SignJWT({ org: key.orgId, env: key.environment, scope: key.scopes.join(' ') })
      .setProtectedHeader({ alg: 'EdDSA', kid: kid as string, typ: 'JWT' })
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
    jwks: { keys: [{ ...rest, kid }] },
  };
}
