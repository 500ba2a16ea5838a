// Words: i18next with one namespace for each feature, loaded for one language at a time.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from './en/index.ts';
import { isolate } from './isolate.ts';
import { asLanguage, type Language, languages, localeOf } from './languages.ts';
import { readNumerals } from './preferences.ts';

const loaders = {
  en: () => import('./en/index.ts'),
  ar: () => import('./ar/index.ts'),
} as const;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof en;
  }
}

/** Starts with the language's words. Numbers in sentences are in the reader's digits; everything else put in is isolated. */
export async function startWords(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: 'common',
    resources: { [language]: (await loaders[language]()).default },
    interpolation: {
      escapeValue: true,
      useRawValueToEscape: true,
      escape: (value: unknown) =>
        typeof value === 'number'
          ? new Intl.NumberFormat(localeOf(currentLanguage(), readNumerals())).format(value)
          : isolate(String(value), currentLanguage()),
    },
    react: { useSuspense: false },
  });
  show(language);
}

/** Loads the words of the language, then shows everything in it. */
export async function changeLanguage(language: Language): Promise<void> {
  const words: Record<string, object> = (await loaders[language]()).default;
  for (const [namespace, texts] of Object.entries(words)) i18next.addResourceBundle(language, namespace, texts);
  await i18next.changeLanguage(language);
  show(language);
}

function currentLanguage(): Language {
  return asLanguage(i18next.language) ?? 'en';
}

function show(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = languages[language].direction;
}
