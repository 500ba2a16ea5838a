// Tags, metadata and external ids: by them a vendor finds keys and organizations, and tells an upstream about them.

/** Facts by name. Miftah stores them and interprets none. */
export type Metadata = Readonly<Record<string, string>>;

/** What a key or an organization says of itself beside its name. No decision depends on it. */
export interface Annotations {
  /** Words to find it by, each once, in lower case. */
  readonly tags: readonly string[];
  /** Those that `forwardMetadata` of an API names go to its upstream. */
  readonly metadata: Metadata;
  /**
   * Its id in the vendor's own system; `null`: none. At most one key of an API has it, without revoked keys, and at most
   * one organization.
   */
  readonly externalId: string | null;
}

/** Nothing is said. */
export const noAnnotations: Annotations = Object.freeze({
  tags: Object.freeze([]),
  metadata: Object.freeze({}),
  externalId: null,
});

/** What a list is searched for. Every given member must match. */
export interface AnnotationFilter {
  /** A whole tag. */
  readonly tag?: string | undefined;
  /** A name with its whole value. */
  readonly metadata?: { readonly name: string; readonly value: string } | undefined;
  /** The whole external id. */
  readonly externalId?: string | undefined;
}

/** A name of metadata: 1 to 40 characters, which a header name can contain. */
export function isMetadataName(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,39}$/.test(text);
}

/**
 * The metadata that the upstream of an API learns: of each name, the value of the key, else that of its organization.
 * `names`: those that the API forwards.
 */
export function forwardedMetadata(names: readonly string[], ofKey: Metadata, ofOrganization: Metadata): Metadata {
  const entries = names.flatMap((name) => {
    const from = Object.hasOwn(ofKey, name) ? ofKey : ofOrganization;
    return Object.hasOwn(from, name) ? [[name, from[name] as string] as const] : [];
  });
  return entries.length === 0 ? noAnnotations.metadata : Object.fromEntries(entries);
}

/** The header that carries one name of metadata: `X-Miftah-Meta-Customer-Id` for `customer_id`. */
export function metadataHeaderOf(name: string): string {
  const words = name.split(/[_-]/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return `X-Miftah-Meta-${words.join('-')}`;
}

/** Metadata as headers, flat: name and value in turn. */
export function metadataHeaders(metadata: Metadata): readonly string[] {
  return Object.entries(metadata).flatMap(([name, value]) => [metadataHeaderOf(name), encodeHeaderValue(value)]);
}

/**
 * The text with each character percent-encoded that a header can't carry, or that a server could take for the end of a
 * value: all but visible ASCII and spaces, and `%`, `"`, `,`, `;`, `\\`. `decodeURIComponent` restores it.
 */
function encodeHeaderValue(text: string): string {
  return text.replaceAll(/[^ !#$&-+\-.-:<-[\]-~]+/gu, encodeURIComponent);
}
