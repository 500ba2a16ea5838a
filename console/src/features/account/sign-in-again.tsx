// Leads to sign-in and back, where a request needs a fresh session.
import { Alert, Group, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ApiError, describeError } from '../../api/problem.ts';
import { ButtonLink } from '../../ui/links.tsx';

/** Whether the request needs a session that has just begun. */
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
