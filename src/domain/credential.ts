// Where an API takes its credential, and the credential found there.

/** The place where an API takes its key. */
export type CredentialSource =
  /** `x-api-key: KEY`; `header` is lower case. */
  | { readonly kind: 'header'; readonly header: string }
  /** `Authorization: Bearer KEY` (RFC 6750 §2.1). */
  | { readonly kind: 'bearer' }
  /**
   * `Authorization: Basic base64(USER:PASSWORD)` (RFC 7617). `user`: the key is the user name, the password empty.
   * `password`: the key is the password. The user name may be any text, as in Mailgun's `api:KEY`, but no key.
   */
  | { readonly kind: 'basic'; readonly part: 'user' | 'password' }
  /**
   * `Authorization: Token KEY` or, with a `parameter`, `Authorization: Token token="KEY"` (RFC 9110 §11.4). `header` is
   * lower case. Scheme and parameter are shown as written and read in any case.
   */
  | {
      readonly kind: 'scheme';
      readonly header: string;
      readonly scheme: string;
      readonly parameter?: string | undefined;
    }
  /**
   * `Sec-WebSocket-Protocol: PREFIX + KEY`: one element of the list of subprotocols (RFC 6455 §11.3.4), because pages in
   * browsers can set no header of a WebSocket.
   */
  | { readonly kind: 'subprotocol'; readonly prefix: string };

/** The result of extraction. A `presented` secret is unchecked text. */
export type Credential =
  | { readonly kind: 'presented'; readonly secret: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  /** Sent twice, or in two places at once. The client's choice is unknown, so neither counts. */
  | { readonly kind: 'ambiguous' };

/** The header in which clients offer the subprotocols of a WebSocket. */
export const subprotocolField = 'sec-websocket-protocol';

/** What a request can carry the key in. All of it is removed before the request goes on. */
export interface KeyPlaces {
  /** The headers that hold nothing else, in lower case. */
  readonly headers: readonly string[];
  /** The prefix of the subprotocol. `undefined`: the key is in no subprotocol. */
  readonly subprotocol: string | undefined;
}

export function placesOf(source: CredentialSource): KeyPlaces {
  switch (source.kind) {
    case 'header':
    case 'scheme':
      return { headers: [source.header], subprotocol: undefined };
    case 'bearer':
    case 'basic':
      return { headers: ['authorization'], subprotocol: undefined };
    case 'subprotocol':
      return { headers: [], subprotocol: source.prefix };
  }
}

/** All headers on whose value a reply depends, in lower case. */
export function keyHeadersOf(source: CredentialSource): readonly string[] {
  const { headers, subprotocol } = placesOf(source);
  return subprotocol === undefined ? headers : [...headers, subprotocolField];
}

/**
 * Whether shared caches could store a reply for one key and serve it for another: RFC 9111 §3.5 keeps them only from
 * requests with `Authorization`.
 */
export function isCacheable(source: CredentialSource): boolean {
  return keyHeadersOf(source).some((header) => header !== 'authorization');
}

/** The place as it looks in a request: `x-api-key: KEY`, `Authorization: Bearer KEY`. */
export function describeSource(source: CredentialSource): string {
  if (source.kind === 'basic') return `Authorization: Basic base64(${source.part === 'user' ? 'KEY:' : 'USER:KEY'})`;
  const { header, value } = presentCredential(source, 'KEY');
  return `${header}: ${value}`;
}

/** The user name that calls show where the key is the password of Basic. Miftah reads any. */
export const basicUser = 'api';

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
    case 'basic': {
      const pair = source.part === 'user' ? `${secret}:` : `${basicUser}:${secret}`;
      return { header: 'Authorization', value: `Basic ${Buffer.from(pair).toString('base64')}` };
    }
    case 'scheme': {
      const { scheme, parameter } = source;
      const credentials = parameter === undefined ? secret : `${parameter}="${secret.replaceAll(/["\\]/g, '\\$&')}"`;
      return { header: shownHeader(source.header), value: `${scheme} ${credentials}` };
    }
    case 'subprotocol':
      return { header: 'Sec-WebSocket-Protocol', value: `${source.prefix}${secret}` };
  }
}

/** The name as documentation spells it. */
function shownHeader(header: string): string {
  return header === 'authorization' ? 'Authorization' : header;
}
