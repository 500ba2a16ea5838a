// Recognizes a secret in the search box. The browser sends its digest, never the secret.
import type { ConsoleApi } from '../../../api/config.ts';
import type { KeyListQuery } from '../../../entities/keys/api/list-keys.ts';
import { shortenSecret } from '../../../entities/keys/reveal/mask-secret.ts';

export type Typed =
  | { readonly kind: 'text' }
  /** Longer than the public part, but not as long as a secret. Nothing is searched for. */
  | { readonly kind: 'part'; readonly length: number; readonly wanted: number }
  | { readonly kind: 'secret'; readonly secret: string; readonly masked: string };

/** Compares the text with the secrets of all `apis`, by prefix and length. */
export function readTyped(typed: string, apis: readonly ConsoleApi[]): Typed {
  const text = typed.trim();
  for (const { keyFormat } of apis) {
    const prefix = Object.values(keyFormat.prefixes).find((each) => text.startsWith(each));
    if (prefix === undefined) continue;
    const characters = keyFormat.alphabet === 'base64url' ? /^[\w-]*$/ : /^[0-9A-Za-z]*$/;
    if (!characters.test(text.slice(prefix.length))) continue;
    if (text.length <= prefix.length + keyFormat.mask.start) continue;
    if (text.length === keyFormat.length) {
      return { kind: 'secret', secret: text, masked: shortenSecret(text, keyFormat) };
    }
    const other = apis.find(
      ({ keyFormat: { length, prefixes: others } }) => length === text.length && Object.values(others).includes(prefix),
    );
    if (other === undefined) return { kind: 'part', length: text.length, wanted: keyFormat.length };
  }
  return { kind: 'text' };
}

/** Finds the key of the secret, in any environment. Plain http has no WebCrypto: the masked secret finds it there. */
export async function findBySecret({ secret, masked }: { secret: string; masked: string }): Promise<KeyListQuery> {
  if (globalThis.crypto?.subtle === undefined) return { q: masked };
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
  return { digest: [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
}
