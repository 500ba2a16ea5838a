// Sign-in over a page whose session has ended.
import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import type { AuthFrame } from './auth-card.tsx';
import { SignIn } from './sign-in.tsx';

interface SignInDialogProps {
  readonly opened: boolean;
  /** The address of the person whose session has ended. */
  readonly email: string;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function SignInDialog({ opened, email, onClose, onDone }: SignInDialogProps) {
  const { t } = useTranslation('auth');
  return (
    <ResponsiveDialog opened={opened} onClose={onClose} title={t('signInAgain.title')} width={440}>
      <Stack gap="md">
        <Text>{t('signInAgain.text', { email })}</Text>
        <SignIn frame={Steps} email={email} onDone={onDone} />
      </Stack>
    </ResponsiveDialog>
  );
}

/** The dialog has a title already. */
function Steps({ children }: AuthFrame) {
  return <Stack gap="lg">{children}</Stack>;
}
