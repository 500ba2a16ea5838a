// The languages of the console, with all that differs between them except words.
import type { components } from '../api/schema.ts';

export type Language = components['schemas']['ConsoleConfig']['locale']['languages'][number];

/** Digits, as `Intl` names them. */
export type Numerals = 'latn' | 'arab';

export interface LanguageFacts {
  /** The name in the language itself. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  /** The tag for `Intl`. */
  readonly locale: string;
  /** The digits that a reader may choose, the default first. */
  readonly numerals: readonly Numerals[];
  /** Days as `Date.getDay` counts them: 0 is Sunday. */
  readonly week: { readonly firstDay: 0 | 1 | 6; readonly weekend: readonly (0 | 5 | 6)[] };
}

/** The same languages as in `src/profiles/console.ts`. Arabic has the month names of the Levant. */
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

/** Returns the language of a tag. `undefined`: the console does not speak it. */
export function asLanguage(text: string | null | undefined): Language | undefined {
  return text != null && Object.hasOwn(languages, text) ? (text as Language) : undefined;
}

/** Returns the tag for `Intl`, with `numerals` where the language offers a choice. */
export function localeOf(language: Language, numerals: Numerals): string {
  const { locale, numerals: offered } = languages[language];
  return offered.length > 1 ? `${locale}-u-nu-${numerals}-ca-gregory` : locale;
}
