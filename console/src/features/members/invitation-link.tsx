// The link of an invitation, shown once: without a mail server, the sender passes it on.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOrgScope } from '../../entities/scope.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { useFormats } from '../../ui/formats.ts';
import type { SentInvitation } from './invitations-query.ts';

interface InvitationLinkProps {
  readonly sent: SentInvitation;
  readonly onClose: () => void;
}

export function InvitationLink({ sent: { email, role, expiresAt, link }, onClose }: InvitationLinkProps) {
  const { t } = useTranslation(['members', 'common']);
  const { org } = useOrgScope();
  const formats = useFormats();
  return (
    <Stack gap="md">
      <Text>{t('link.facts', { email, organization: org.name, role: t(`common:roles.${role}`) })}</Text>
      <CodeBlock code={link ?? ''} label={t('link.label')} />
      <Text size="sm" c="dimmed">
        {t('link.once', { date: formats.date(expiresAt) })}
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {t('common:actions.close')}
        </Button>
      </Group>
    </Stack>
  );
}
