// The language in which a console's page is sent: the reader's choice, else what the browser asks for, else the console's own.
import { type Language, languages } from '../../profiles/console.ts';

const directions = { en: 'ltr', ar: 'rtl' } as const satisfies Record<Language, 'ltr' | 'rtl'>;

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return directions[language];
}

/** `cookie` and `acceptLanguage` are the headers as they came; what is malformed in them counts as not said. */
export function chooseLanguage(
  cookie: string | undefined,
  acceptLanguage: string | undefined,
  fallback: Language,
): Language {
  const chosen = /(?:^|;\s*)miftah-language=([a-z]{2})(?:;|$)/.exec(cookie ?? '')?.[1];
  return asLanguage(chosen) ?? preferredOf(acceptLanguage ?? '') ?? fallback;
}

/** Browsers send a handful; what stands behind these is not looked at. */
const maxWishes = 32;

/** The best of ours by the weights of RFC 9110 §12.5.4. `ar-PS` asks for Arabic too. */
function preferredOf(header: string): Language | undefined {
  const wishes = header.split(',', maxWishes).flatMap((item) => {
    // Trimmed and not split at white space by an expression, which takes quadratic time on a run of it.
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
