// Says where invitations go without a mail server, and how to set one up.
import { Alert, Stack, Text } from '@mantine/core';
import { IconMailOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../../entities/scope.ts';
import { mailLines } from '../../entities/server/mail-lines.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import classes from './members.module.css';

/** Renders nothing where a mail server is set up. `isBrief`: without the lines to paste. */
export function MailNote({ isBrief = false }: { readonly isBrief?: boolean }) {
  const { t } = useTranslation('members');
  const { config, session } = useScope();
  if (config.mail) return null;
  const { isOperator } = session.person;
  const text = isOperator ? (isBrief ? t('mail.briefText') : t('mail.operatorText')) : t('mail.text');
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconMailOff size={18} aria-hidden />}
      title={t('mail.title')}
      classNames={{ body: classes.note }}
    >
      <Stack gap="xs">
        <Text size="sm">{text}</Text>
        {isOperator && !isBrief && <CodeBlock code={mailLines} label="miftah.yaml" />}
      </Stack>
    </Alert>
  );
}
