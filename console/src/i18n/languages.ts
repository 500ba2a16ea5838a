// The languages of the console and what differs between them beside words.
import type { components } from '../api/schema.ts';

export type Language = components['schemas']['ConsoleConfig']['locale']['languages'][number];

/** Digits, as `Intl` names them. */
export type Numerals = 'latn' | 'arab';

export interface LanguageFacts {
  /** In the language itself. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  /** The tag for `Intl`. */
  readonly locale: string;
  /** The digits that a reader may choose from, the default first. */
  readonly numerals: readonly Numerals[];
  /** Days as `Date.getDay` counts them: 0 is Sunday. */
  readonly week: { readonly firstDay: 0 | 1 | 6; readonly weekend: readonly (0 | 5 | 6)[] };
}

/** The languages of the console: those of the server, `src/profiles/console.ts`. The months are those of the Levant. */
export const languages: Readonly<Record<Language, LanguageFacts>> = {
  en: {
    name: 'English',
    direction: 'ltr',
    locale: 'en-GB',
    numerals: ['latn'],
    week: { firstDay: 1, weekend: [0, 6] },
  },
  ar: {
    name: 'العربية',
    direction: 'rtl',
    locale: 'ar-PS',
    numerals: ['latn', 'arab'],
    week: { firstDay: 6, weekend: [5] },
  },
};

export const languageTags = Object.keys(languages) as readonly Language[];

export function asLanguage(text: string | null | undefined): Language | undefined {
  return text != null && Object.hasOwn(languages, text) ? (text as Language) : undefined;
}

/** The tag for `Intl`, with `numerals` where the language offers a choice of digits. */
export function localeOf(language: Language, numerals: Numerals): string {
  const { locale, numerals: offered } = languages[language];
  return offered.length > 1 ? `${locale}-u-nu-${numerals}-ca-gregory` : locale;
}
