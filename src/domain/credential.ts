// Where an API takes its credential, and the credential found there.

/** Where an API takes its key: one place, or several of which a request may use exactly one. */
export type CredentialSource =
  | SingleSource
  /** Two or more, and no two that read the same text. `findSourceFault` checks them. Calls show the first. */
  | { readonly kind: 'anyOf'; readonly sources: readonly SingleSource[] };

/** One place of a key. */
export type SingleSource =
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
  | { readonly kind: 'subprotocol'; readonly prefix: string }
  /**
   * `?api_key=KEY`. A key in a URL ends up in logs and histories (RFC 6750 §5.3, ASVS 14.2.1), so no bundled profile has
   * this place, and a configuration must accept the risk in words.
   */
  | { readonly kind: 'query'; readonly name: string };

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
  /** The name of the parameter. `undefined`: the key is in no query. */
  readonly query: string | undefined;
}

const noPlaces: KeyPlaces = { headers: [], subprotocol: undefined, query: undefined };

export function placesOf(source: CredentialSource): KeyPlaces {
  switch (source.kind) {
    case 'anyOf': {
      const all = source.sources.map(placesOf);
      return {
        headers: [...new Set(all.flatMap(({ headers }) => headers))],
        subprotocol: all.find(({ subprotocol }) => subprotocol !== undefined)?.subprotocol,
        query: all.find(({ query }) => query !== undefined)?.query,
      };
    }
    case 'header':
    case 'scheme':
      return { ...noPlaces, headers: [source.header] };
    case 'bearer':
    case 'basic':
      return { ...noPlaces, headers: ['authorization'] };
    case 'subprotocol':
      return { ...noPlaces, subprotocol: source.prefix };
    case 'query':
      return { ...noPlaces, query: source.name };
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
  return placesOf(source).query !== undefined || keyHeadersOf(source).some((header) => header !== 'authorization');
}

/** All places, each alone. */
export function sourcesOf(source: CredentialSource): readonly SingleSource[] {
  return source.kind === 'anyOf' ? source.sources : [source];
}

/** What is wrong with a list of places, with the fix. `undefined`: nothing, or there is only one place. */
export function findSourceFault(source: CredentialSource): string | undefined {
  if (source.kind !== 'anyOf') return undefined;
  const { sources } = source;
  if (sources.length < 2) return 'must list two or more places: write one place without a list';
  // Two places with the same text in them could both read a request, and the key would depend on their order.
  const known = new Set<string>();
  for (const each of sources) {
    if ((each as CredentialSource).kind === 'anyOf') return 'must not list another list: write all places in one list';
    const place = placeOf(each);
    if (known.has(place)) return `lists ${describeSource(each)} beside a place that reads the same: keep one of them`;
    known.add(place);
  }
  return undefined;
}

/** Equal for sources that read the same text. A list has one subprotocol and one parameter of the query at most. */
function placeOf(source: SingleSource): string {
  switch (source.kind) {
    case 'header':
      return source.header;
    case 'bearer':
    case 'basic':
      return `authorization ${source.kind}`;
    case 'scheme':
      return `${source.header} ${source.scheme.toLowerCase()}`;
    default:
      return `:${source.kind}`;
  }
}

/** The place as it looks in a request: `x-api-key: KEY`, `Authorization: Bearer KEY`, `?api_key=KEY`. */
export function describeSource(source: CredentialSource): string {
  if (source.kind === 'anyOf') return source.sources.map(describeSource).join(' or ');
  if (source.kind === 'basic') return `Authorization: Basic base64(${source.part === 'user' ? 'KEY:' : 'USER:KEY'})`;
  const { headers, query } = presentCredential(source, 'KEY');
  return query === '' ? headers.join(': ') : `?${query}`;
}

/** The user name that calls show where the key is the password of Basic. Miftah reads any. */
export const basicUser = 'api';

/** What a client adds to a request to send its key. */
export interface PresentedCredential {
  /** Flat: name and value in turn. */
  readonly headers: readonly string[];
  /** A parameter of the query, such as `api_key=KEY`. Empty: none. */
  readonly query: string;
}

/** How a client sends `secret`, in the first of several places: the inverse of extraction. */
export function presentCredential(source: CredentialSource, secret: string): PresentedCredential {
  switch (source.kind) {
    case 'anyOf':
      return presentCredential(mainSource(source), secret);
    case 'header':
      return inHeader(source.header, secret);
    case 'bearer':
      return inHeader('authorization', `Bearer ${secret}`);
    case 'basic': {
      const pair = source.part === 'user' ? `${secret}:` : `${basicUser}:${secret}`;
      return inHeader('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
    }
    case 'scheme': {
      const { header, scheme, parameter } = source;
      const credentials = parameter === undefined ? secret : `${parameter}="${secret.replaceAll(/["\\]/g, '\\$&')}"`;
      return inHeader(header, `${scheme} ${credentials}`);
    }
    case 'subprotocol':
      return inHeader('Sec-WebSocket-Protocol', `${source.prefix}${secret}`);
    case 'query':
      return { headers: [], query: `${source.name}=${encodeURIComponent(secret)}` };
  }
}

/** The place that calls show: the first of several. */
export function mainSource(source: CredentialSource): SingleSource {
  const [main] = sourcesOf(source);
  if (main === undefined) throw new TypeError('a list of places for keys is empty');
  return main;
}

function inHeader(name: string, value: string): PresentedCredential {
  return { headers: [shownHeader(name), value], query: '' };
}

/** The name as documentation spells it. */
function shownHeader(header: string): string {
  return header === 'authorization' ? 'Authorization' : header;
}
