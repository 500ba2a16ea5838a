// What every box does with a secret that is pasted into it: say so, and pass nothing on.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { holdsSecret } from '../api/secrets.ts';

export interface SecretNotice {
  /** Words for the box, while a secret is in it. */
  readonly notice: string | undefined;
  /** Tells whether `text` holds a secret, and sets `notice`: call it with all that is typed, before anything is done with it. */
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
