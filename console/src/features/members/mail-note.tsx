// Where invitations go while no mail server is set up, and how to set one up.
import { Alert, Stack, Text } from '@mantine/core';
import { IconMailOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../../app/scope.ts';
import { CodeBlock } from '../../components/code-block.tsx';

const sample = `mail:
  from: Miftah <miftah@example.com>
  smtp: { host: smtp.example.com, port: 587, user: miftah, passwordFile: /run/secrets/smtp }`;

/** Nothing where mails reach people. */
export function MailNote() {
  const { t } = useTranslation('members');
  const { config, session } = useScope();
  if (config.mail) return null;
  return (
    <Alert color="yellow" variant="light" icon={<IconMailOff size={18} aria-hidden />} title={t('mail.title')}>
      <Stack gap="xs">
        <Text size="sm">{session.person.isOperator ? t('mail.operatorText') : t('mail.text')}</Text>
        {session.person.isOperator && <CodeBlock code={sample} label="miftah.yaml" />}
      </Stack>
    </Alert>
  );
}
