// The languages of the console and what differs between them beside words.
import type { components } from '../api/schema.ts';

/** The same languages as the server's, `src/profiles/console.ts`. `locale` is the tag for `Intl`. */
export const languages = {
  en: { name: 'English', direction: 'ltr', locale: 'en-GB' },
  ar: { name: 'العربية', direction: 'rtl', locale: 'ar-PS' },
} as const satisfies Record<
  components['schemas']['ConsoleConfig']['locale']['languages'][number],
  { readonly name: string; readonly direction: 'ltr' | 'rtl'; readonly locale: string }
>;

export type Language = keyof typeof languages;

export type Numerals = 'latn' | 'arab';

export function asLanguage(text: string | null | undefined): Language | undefined {
  return text != null && Object.hasOwn(languages, text) ? (text as Language) : undefined;
}

/** The tag for `Intl`: the month names of the Levant, and Latin digits in Arabic too, unless the reader wants Eastern ones. */
export function localeOf(language: Language, numerals: Numerals): string {
  return language === 'ar' ? `${languages.ar.locale}-u-nu-${numerals}-ca-gregory` : languages[language].locale;
}
