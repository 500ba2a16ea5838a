// The names of the APIs in the reader's language.
import { useLanguage } from '../i18n/use-language.ts';
import { useScope } from './scope.ts';

/** Takes the id of an API. Returns the id of one that is not configured unchanged. */
export function useApiNames(): (id: string) => string {
  const { config } = useScope();
  const language = useLanguage();
  return (id) => config.apis.find((api) => api.id === id)?.name[language] ?? id;
}
