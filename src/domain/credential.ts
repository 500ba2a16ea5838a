// Where an API takes its credential, and the credential found there.

/** The one place where an API takes its key. It is never the query string (OAuth 2.1 §5.2.2, ASVS 14.2.1). */
export type CredentialSource =
  /** `x-api-key: KEY`; `header` is lower case. */
  | { readonly kind: 'header'; readonly header: string }
  /** `Authorization: Bearer KEY` (RFC 6750 §2.1). */
  | { readonly kind: 'bearer' }
  /** `Authorization: Basic base64(KEY:)`: the key is the user name, the password empty (RFC 7617). */
  | { readonly kind: 'basic' };

/** The result of extraction. A `presented` secret is unchecked text. */
export type Credential =
  | { readonly kind: 'presented'; readonly secret: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  /** Sent twice, or in two places at once. The client's choice is unknown, so neither counts. */
  | { readonly kind: 'ambiguous' };

/** The name of the source's header, in lower case. */
export function headerOf(source: CredentialSource): string {
  return source.kind === 'header' ? source.header : 'authorization';
}

/** The header with which a client sends `secret`: the inverse of extraction. */
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
