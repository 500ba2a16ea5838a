// The words, by i18next, in a namespace for each feature. A page or a dialog names the namespaces that it needs, and the
// files that hold them are loaded.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { withArabicDigits } from './digits.ts';
import type en from './en/index.ts';
import { isolate } from './isolate.ts';
import { asLanguage, type Language, languages, localeOf } from './languages.ts';
import { type Namespace, partOf } from './parts.ts';
import { readNumerals } from './preferences.ts';

export type { Namespace } from './parts.ts';

const files = import.meta.glob<Readonly<Partial<typeof en>>>('./*/words-of-*.ts', { import: 'default' });

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof en;
  }
}

/** Loads the first words. Numbers in sentences get the reader's digits. Other values are isolated. */
export async function startWords(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: 'common',
    resources: {},
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
  await addWords(language, ['common']);
  show(language);
}

/** Resolves when the namespaces are loaded in the current language. */
export function loadWords(namespaces: readonly Namespace[]): Promise<void> {
  return addWords(currentLanguage(), namespaces);
}

/** Loads all words of the language, because open pages don't ask again, and shows the console in it. */
export async function changeLanguage(language: Language): Promise<void> {
  await addWords(language, Object.keys(partOf) as Namespace[]);
  await i18next.changeLanguage(language);
  show(language);
}

/** Shows the digits that the reader has chosen now, in the words that are loaded too. */
export async function changeDigits(): Promise<void> {
  const language = currentLanguage();
  const loaded = (Object.keys(partOf) as Namespace[]).filter((each) => i18next.hasResourceBundle(language, each));
  for (const namespace of loaded) i18next.removeResourceBundle(language, namespace);
  await addWords(language, loaded);
  await i18next.changeLanguage(language);
}

async function addWords(language: Language, namespaces: readonly Namespace[]): Promise<void> {
  const isArabic = languages[language].numerals.length > 1 && readNumerals() === 'arab';
  const missing = namespaces.filter((namespace) => !i18next.hasResourceBundle(language, namespace));
  const parts = new Set(missing.map((namespace) => partOf[namespace]));
  await Promise.all(
    [...parts].map(async (part) => {
      const words = await files[`./${language}/words-of-${part}.ts`]?.();
      for (const [namespace, texts] of Object.entries(words ?? {}))
        i18next.addResourceBundle(language, namespace, isArabic ? withArabicDigits(texts) : texts);
    }),
  );
}

/** Outside of components. Inside of one, use `useLanguage`. */
export function currentLanguage(): Language {
  return asLanguage(i18next.language) ?? 'en';
}

function show(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = languages[language].direction;
}
