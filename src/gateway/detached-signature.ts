// Signatures of text by the installation's signing key: a JWS whose payload is elsewhere (RFC 7515, appendix F).
import { CompactSign, compactVerify, createLocalJWKSet, importJWK } from 'jose';
import type { SigningKeys } from './assertion.ts';

/**
 * Signs text with the first key. `type` is the `typ` of the header, so that a signature for one purpose has no meaning
 * for another. Throws a `TypeError` for a key without private part.
 */
export async function createSigner(given: SigningKeys, type: string): Promise<(text: string) => Promise<string>> {
  const [key] = 'keys' in given ? given.keys : [given];
  if (key?.d === undefined || key.kid === undefined) throw new TypeError('the first signing key has no private part');
  const privateKey = await importJWK(key, 'EdDSA');
  const header = { alg: 'EdDSA', kid: key.kid, typ: type };
  return async (text) => {
    const signed = await new CompactSign(new TextEncoder().encode(text)).setProtectedHeader(header).sign(privateKey);
    const [head, , signature] = signed.split('.');
    return `${head}..${signature}`;
  };
}

/**
 * Checks signatures of `createSigner` by public keys. Throws a `TypeError` if `jwks` is no set of keys (RFC 7517 §5).
 */
export function createVerifier(jwks: unknown, type: string): (signature: string, text: string) => Promise<boolean> {
  let keys: ReturnType<typeof createLocalJWKSet>;
  try {
    keys = createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0]);
  } catch (cause) {
    throw new TypeError('not a set of keys', { cause });
  }
  return async (signature, text) => {
    const [head, payload, proof, ...rest] = signature.split('.');
    if (payload !== '' || rest.length > 0) return false;
    try {
      const whole = `${head}.${Buffer.from(text).toString('base64url')}.${proof}`;
      const { protectedHeader } = await compactVerify(whole, keys, { algorithms: ['EdDSA'] });
      return protectedHeader.typ === type;
    } catch {
      return false;
    }
  };
}
