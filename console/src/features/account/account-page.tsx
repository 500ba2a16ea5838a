// The reader's account: profile, appearance, sign-in and sessions.
import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../frame/page-header.tsx';
import { Appearance } from './appearance.tsx';
import { DeleteSection } from './delete-section.tsx';
import { NotificationsSection } from './notifications-section.tsx';
import { PasskeysSection } from './passkeys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { ProfileSection } from './profile-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TwoFactorSection } from './two-factor/two-factor-section.tsx';

export function AccountPage() {
  const { t } = useTranslation('account');
  return (
    <>
      <PageHeader title={t('title')} />
      <Stack gap="lg" maw="46rem">
        <ProfileSection />
        <Appearance />
        <NotificationsSection />
        <PasswordSection />
        <TwoFactorSection />
        <PasskeysSection />
        <SessionsSection />
        <DeleteSection />
      </Stack>
    </>
  );
}
