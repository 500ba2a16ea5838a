// The vendor's words for the keys of an API, in the reader's language.
import { useTranslation } from 'react-i18next';
import type { ConsoleApi, Environment } from '../../api/config.ts';
import type { components } from '../../api/schema.ts';
import { asLanguage } from '../../i18n/languages.ts';
import { useApiScope } from '../scope.ts';

export type ConsoleWords = Partial<components['schemas']['ConsoleWords']>;

/** Every word may be missing. The console's own word replaces it. */
export function wordsOf(api: ConsoleApi, language: string): ConsoleWords {
  return api.words[asLanguage(language) ?? 'en'];
}

/** The words of the API whose keys the page shows. */
export function useWords(): ConsoleWords {
  const { i18n } = useTranslation();
  return wordsOf(useApiScope().api, i18n.language);
}

/** Names an environment with the vendor's word, or with the console's. */
export function useEnvironmentName(api: ConsoleApi): (environment: Environment) => string {
  const { t, i18n } = useTranslation();
  const words = wordsOf(api, i18n.language);
  return (environment) =>
    environment === 'live' ? (words.live ?? t('shell.live')) : (words.test ?? t('shell.sandbox'));
}
