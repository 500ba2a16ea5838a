// What takes a fresh session leads to sign-in and back; other failures are what they are.
import { Alert, Group, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ApiError, describeError } from '../../api/problem.ts';
import { ButtonLink } from '../../ui/links.tsx';

export function isStale(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'session_not_fresh';
}

export function SignInAgain({ error }: { readonly error: unknown }) {
  const { t } = useTranslation('account');
  return (
    <Alert color="yellow" variant="light" icon={<IconLock size={18} aria-hidden />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" flex="1 1 14rem">
          {describeError(error)}
        </Text>
        <ButtonLink to="/sign-in" search={{ next: '/account' }} size="xs" variant="default">
          {t('sessions.signIn')}
        </ButtonLink>
      </Group>
    </Alert>
  );
}
