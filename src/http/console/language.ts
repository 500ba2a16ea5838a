// Chooses the language of a console's page: the reader's choice, else the browser's, else the console's default.
import { type Language, languages } from '../../profiles/console.ts';

const directions = { en: 'ltr', ar: 'rtl' } as const satisfies Record<Language, 'ltr' | 'rtl'>;

/** The writing direction, for the `dir` attribute. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return directions[language];
}

/** Chooses from the headers as received. A malformed part of `cookie` or `acceptLanguage` counts as absent. */
export function chooseLanguage(
  cookie: string | undefined,
  acceptLanguage: string | undefined,
  fallback: Language,
): Language {
  const chosen = /(?:^|;\s*)miftah-language=([a-z]{2})(?:;|$)/.exec(cookie ?? '')?.[1];
  return asLanguage(chosen) ?? preferredOf(acceptLanguage ?? '') ?? fallback;
}

/** Browsers send a few languages. Any after this number are ignored. */
const maxWishes = 32;

/** The console's language with the highest weight (RFC 9110 §12.5.4). `ar-PS` counts as Arabic. */
function preferredOf(header: string): Language | undefined {
  const wishes = header.split(',', maxWishes).flatMap((item) => {
    // Trimmed, because a regular expression that splits at white space takes quadratic time on a long run of it.
    const [tag = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const language = asLanguage(tag.split('-')[0]);
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return language !== undefined && weight > 0 ? [{ language, weight }] : [];
  });
  return wishes.toSorted((a, b) => b.weight - a.weight)[0]?.language;
}

function asLanguage(text: string | undefined): Language | undefined {
  return languages.find((language) => language === text);
}
