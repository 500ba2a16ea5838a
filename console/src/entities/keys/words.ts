// The vendor's words for the keys of an API, in the reader's language.
import { useTranslation } from 'react-i18next';
import type { ConsoleApi, Environment } from '../../api/config.ts';
import type { components } from '../../api/schema.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { useApiScope } from '../scope.ts';

/** Every word may be missing. The console's own word replaces it. */
export type ConsoleWords = Partial<components['schemas']['ConsoleWords']>;

/** The words of the API whose keys the page shows. */
export function useWords(): ConsoleWords {
  const language = useLanguage();
  return useApiScope().api.words[language];
}

/** Names an environment with the vendor's word, or with the console's. */
export function useEnvironmentName(api: ConsoleApi): (environment: Environment) => string {
  const nameOf = useEnvironmentNames();
  return (environment) => nameOf(api, environment);
}

/** The same for any API. `undefined`: this console does not show the API. */
export function useEnvironmentNames(): (api: ConsoleApi | undefined, environment: Environment) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  return (api, environment) =>
    api?.words[language][environment] ?? t(environment === 'live' ? 'shell.live' : 'shell.sandbox');
}
