// Where mail goes, a test mail to oneself, and what to do when it fails.
import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconMailOff, IconSend } from '@tabler/icons-react';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import { describeError } from '../../api/problem.ts';
import type { components } from '../../api/schema.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Ltr } from '../../ui/ltr.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { mailLines } from './mail-lines.ts';

type MailSettings = components['schemas']['MailSettings'];
type MailTrial = components['schemas']['MailTrial'];

const mailQuery = queryOptions({
  queryKey: ['operator', 'mail'],
  queryFn: () => unwrap(api.GET('/api/operator/mail')),
});

export function Mail() {
  const { t } = useTranslation('server');
  const { data, error, refetch } = useQuery(mailQuery);
  if (data === undefined) {
    return error === null ? <SkeletonRows rows={3} /> : <ErrorState error={error} onRetry={() => void refetch()} />;
  }
  if (data.server !== null) return <ServerFound from={data.from} server={data.server} />;
  return (
    <Stack gap="md">
      <Alert color="yellow" variant="light" icon={<IconMailOff size={18} aria-hidden />} title={t('mail.none.title')}>
        {t('mail.none.text')}
      </Alert>
      <Stack gap={6}>
        <Text>{t('mail.none.fix')}</Text>
        <CodeBlock code={mailLines} label="miftah.yaml" />
      </Stack>
    </Stack>
  );
}

interface ServerFoundProps {
  readonly from: string;
  readonly server: NonNullable<MailSettings['server']>;
}

function ServerFound({ from, server: { host, port, secure, user } }: ServerFoundProps) {
  const { t } = useTranslation('server');
  const trial = useMutation({ mutationFn: () => unwrap(api.POST('/api/operator/mail-test')) });
  return (
    <Stack gap="md">
      <Facts
        facts={[
          [t('mail.server'), <Ltr key="server" mono>{`${host}:${port}`}</Ltr>],
          [t('mail.encryption'), <Ltr key="tls">{secure ? 'TLS' : 'STARTTLS'}</Ltr>],
          [t('mail.user'), user === null ? t('mail.noUser') : <Ltr key="user">{user}</Ltr>],
          [t('mail.from'), <Ltr key="from">{from}</Ltr>],
        ]}
      />
      <Button
        variant="default"
        leftSection={<IconSend size={16} aria-hidden />}
        loading={trial.isPending}
        onClick={() => trial.mutate()}
        style={{ alignSelf: 'flex-start' }}
      >
        {t('mail.test')}
      </Button>
      <div role="status">
        {trial.data !== undefined && !trial.isPending && <Outcome trial={trial.data} />}
        {trial.error !== null && (
          <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} aria-hidden />}>
            {describeError(trial.error)}
          </Alert>
        )}
      </div>
    </Stack>
  );
}

function Outcome({ trial: { outcome, to, answer } }: { readonly trial: MailTrial }) {
  const { t } = useTranslation('server');
  const isSent = outcome === 'sent';
  return (
    <Alert
      color={isSent ? 'accent' : 'red'}
      variant="light"
      icon={isSent ? <IconCheck size={18} aria-hidden /> : <IconAlertTriangle size={18} aria-hidden />}
      title={t(`mail.outcomes.${outcome}.title`)}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t(`mail.outcomes.${outcome}.text`, { email: to })}</Text>
        {answer !== null && (
          <Text size="sm" component="div">
            {t('mail.answer')} <Code dir="ltr">{answer}</Code>
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
