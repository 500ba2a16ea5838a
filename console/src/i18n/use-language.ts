// The language of the console, for components.
import { useTranslation } from 'react-i18next';
import { asLanguage, type Language } from './languages.ts';

/** Renders the component again when the language changes. */
export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return asLanguage(i18n.language) ?? 'en';
}
