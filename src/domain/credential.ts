// Where a credential rides, as data, and what was found there.

/** The one place in which an API takes its key. Nothing is ever read from the query string (OAuth 2.1 §5.2.2, ASVS 14.2.1). */
export type CredentialSource =
  /** `x-api-key: KEY`; `header` is lower case. */
  | { readonly kind: 'header'; readonly header: string }
  /** `Authorization: Bearer KEY` (RFC 6750 §2.1). */
  | { readonly kind: 'bearer' }
  /** `Authorization: Basic base64(KEY:)`: the key is the user name, the password empty (RFC 7617). */
  | { readonly kind: 'basic' };

export type Credential =
  | { readonly kind: 'presented'; readonly secret: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  /** Sent twice, or in two places at once: which one was meant can't be known, so neither counts. */
  | { readonly kind: 'ambiguous' };

/** The lower-case name of the header that a source is read from. */
export function headerOf(source: CredentialSource): string {
  return source.kind === 'header' ? source.header : 'authorization';
}

/** How a client sends `secret`: the header's name as its vendor's page spells it, and the value. The inverse of extraction. */
export function presentCredential(
  source: CredentialSource,
  secret: string,
): { readonly header: string; readonly value: string } {
  switch (source.kind) {
    case 'header':
      return { header: source.header, value: secret };
    case 'bearer':
      return { header: 'Authorization', value: `Bearer ${secret}` };
    case 'basic':
      return { header: 'Authorization', value: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` };
  }
}
