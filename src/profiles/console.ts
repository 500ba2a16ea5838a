// The words and settings of one vendor's console, as data. The console renders them and names no vendor in its code.

/** The languages of the console. */
export const languages = ['en', 'ar'] as const;

/** A code from `languages`. */
export type Language = (typeof languages)[number];

/** The vendor's own words, in one language. Where one is absent, the console uses its default. */
export interface ConsoleWords {
  /** The sidebar entry of the keys page, and its title. */
  readonly navLabel: string;
  /** The button that opens the form; `create` is the button that sends it. */
  readonly createKey?: string;
  readonly create?: string;
  readonly nameLabel?: string;
  readonly nameHint?: string;
  readonly nameExample?: string;
  readonly addressesLabel?: string;
  readonly addressesHint?: string;
  /** The effect of an empty address list. */
  readonly addressesEmpty?: string;
  /** Shown with a new secret, which the console shows once. */
  readonly secretOnce?: string;
  /** Shown beside the sample calls: how a client sends the key. */
  readonly schemeNote?: string;
  /** The button that revokes a key; `revokeNote` explains it. */
  readonly revoke?: string;
  readonly revokeNote?: string;
  /** When to rotate a key or, if the vendor has no rotation, what to do instead. */
  readonly rotateNote?: string;
  /** Who may have keys, if not everyone. */
  readonly audienceNote?: string;
  /** The vendor's name of the live environment; `test` is that of the test environment. */
  readonly live?: string;
  readonly test?: string;
}

/** How the console presents the keys of one vendor. */
export interface ConsoleProfile {
  /** The vendor's name. `undefined`: each API has its own. */
  readonly product: Readonly<Record<Language, string>> | undefined;
  /** The language for a visitor who has not chosen one. */
  readonly language: Language;
  /** The lifetime that the form of a new key suggests, where keys can expire. `undefined`: they never expire. */
  readonly suggestedExpiryDays: number | undefined;
  /** What separates addresses in the form. */
  readonly addressSeparator: 'comma' | 'line';
  /** The vendor's verb for revoking. */
  readonly revokeWord: 'delete' | 'revoke';
  /** The vendor's documentation of its keys. `undefined`: no link. */
  readonly docsUrl: string | undefined;
  /** The vendor's support: a `mailto:` or `https:` URL. Default: no link. */
  readonly supportUrl?: string | undefined;
  /** The call from the vendor's page that people try a new key with. */
  readonly sample: { readonly method: 'GET'; readonly path: string };
  readonly words: Readonly<Record<Language, ConsoleWords>>;
}
