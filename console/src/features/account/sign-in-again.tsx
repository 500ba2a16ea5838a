// Lets the reader sign in again, where a request needs a fresh session.
import { Alert, Button, Group, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { askToSignIn } from '../../api/client.ts';
import { ApiError, describeError } from '../../api/problem.ts';

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
        <Button size="xs" variant="default" onClick={askToSignIn}>
          {t('sessions.signIn')}
        </Button>
      </Group>
    </Alert>
  );
}
