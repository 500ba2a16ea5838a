// The vendor's own words for the keys of an API, in the reader's language.
import { useTranslation } from 'react-i18next';
import type { ConsoleApi, Environment } from '../../api/config.ts';
import type { components } from '../../api/schema.ts';
import { asLanguage } from '../../i18n/languages.ts';
import { useApiScope } from '../scope.ts';

export type ConsoleWords = Partial<components['schemas']['ConsoleWords']>;

/** Every word may be missing: the console's own stands in then. */
export function wordsOf(api: ConsoleApi, language: string): ConsoleWords {
  return api.words[asLanguage(language) ?? 'en'];
}

/** Those of the API whose keys the page shows. */
export function useWords(): ConsoleWords {
  const { i18n } = useTranslation();
  return wordsOf(useApiScope().api, i18n.language);
}

/** What the vendor calls an environment, or what the console does. */
export function useEnvironmentName(api: ConsoleApi): (environment: Environment) => string {
  const { t, i18n } = useTranslation();
  const words = wordsOf(api, i18n.language);
  return (environment) =>
    environment === 'live' ? (words.live ?? t('shell.live')) : (words.test ?? t('shell.sandbox'));
}
