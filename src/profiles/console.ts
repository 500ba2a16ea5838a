// What a console says and shows of one vendor's keys, as data: a console is rendered from it and knows no vendor by name.

/** The languages of the console. */
export const languages = ['en', 'ar'] as const;

export type Language = (typeof languages)[number];

/** The vendor's own words where its pages have them; the console has words of its own for what is left out. */
export interface ConsoleWords {
  /** Where its keys are found: the entry in the sidebar, and the title of the page. */
  readonly navLabel: string;
  /** The button that opens the form, and the one that sends it. */
  readonly createKey?: string;
  readonly create?: string;
  readonly nameLabel?: string;
  readonly nameHint?: string;
  readonly nameExample?: string;
  readonly addressesLabel?: string;
  readonly addressesHint?: string;
  /** What an empty list does to the key. */
  readonly addressesEmpty?: string;
  readonly secretOnce?: string;
  /** Beside the calls to paste: how the key is sent, and how it is not. */
  readonly schemeNote?: string;
  /** The button that revokes a key for good, and what it means. */
  readonly revoke?: string;
  readonly revokeNote?: string;
  /** Where keys are not rotated: what to do instead. Where they are: when. */
  readonly rotateNote?: string;
  /** Who may have keys, where not everyone may. */
  readonly audienceNote?: string;
  /** The names of the environments. */
  readonly live?: string;
  readonly test?: string;
}

export interface ConsoleProfile {
  /** The vendor's name. */
  readonly product: Readonly<Record<Language, string>>;
  /** In which a visitor who states no choice is spoken to. */
  readonly language: Language;
  /** What separates addresses in the form. */
  readonly addressSeparator: 'comma' | 'line';
  /** What the vendor calls revoking. */
  readonly revokeWord: 'delete' | 'revoke';
  /** The vendor's documentation of its keys; `undefined`: there is none to link to. */
  readonly docsUrl: string | undefined;
  /** The call that the vendor's page shows, with which a new key is tried. */
  readonly sample: { readonly method: 'GET'; readonly path: string };
  readonly words: Readonly<Record<Language, ConsoleWords>>;
}
