// Detects a secret in a text box, so that it goes no further.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { holdsSecret } from '../api/secrets.ts';

export interface SecretNotice {
  /** The text for the box while it holds a secret. */
  readonly notice: string | undefined;
  /** Whether `text` holds a secret. Sets `notice`. Call it with every input before using it. */
  readonly isSecret: (text: string) => boolean;
}

export function useSecretNotice(): SecretNotice {
  const { t } = useTranslation();
  const [isIn, setIsIn] = useState(false);
  return {
    notice: isIn ? t('secretInBox') : undefined,
    isSecret(text) {
      const found = holdsSecret(text);
      setIsIn(found);
      return found;
    },
  };
}
