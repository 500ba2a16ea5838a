// The languages of the console and what differs between them beside words.

export const languages = {
  en: { name: 'English', direction: 'ltr' },
  ar: { name: 'العربية', direction: 'rtl' },
} as const;

export type Language = keyof typeof languages;

export type Numerals = 'latn' | 'arab';

export function asLanguage(text: string | null | undefined): Language | undefined {
  return text === 'en' || text === 'ar' ? text : undefined;
}

/** The tag for `Intl`: Latin digits in Arabic too, unless the reader wants Eastern ones. */
export function localeOf(language: Language, numerals: Numerals): string {
  return language === 'ar' ? `ar-u-nu-${numerals}-ca-gregory` : 'en-GB';
}
