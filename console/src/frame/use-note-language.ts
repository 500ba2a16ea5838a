// Tells the server when the reader chooses another language, so that mails come in it.
import { useEffect, useRef } from 'react';
import { api } from '../api/client.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** The server knows the language of the sign-in. A failure only leaves mails in the language before. */
export function useNoteLanguage(): void {
  const language = useLanguage();
  const noted = useRef(language);
  useEffect(() => {
    if (noted.current === language) return;
    noted.current = language;
    api.PATCH('/api/session/settings', { body: { language } }).catch(() => undefined);
  }, [language]);
}
