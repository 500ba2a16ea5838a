// How requests reach the server: whether the proxy in front is trusted, and the line that makes it so.
import { Alert, Button, Code, Stack } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconRefresh } from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { Ltr } from '../../components/ltr.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Section } from '../../components/section.tsx';
import { ErrorState, SkeletonRows } from '../../components/states.tsx';
import { Facts } from './facts.tsx';

const echoQuery = queryOptions({
  queryKey: ['operator', 'echo'],
  queryFn: () => unwrap(api.GET('/api/operator/echo')),
  gcTime: 0,
});

const isWell = {
  direct: true,
  proxy_trusted: true,
  proxy_not_trusted: false,
  proxy_silent: false,
  client_unreadable: false,
};

export function ProxiesPage() {
  const { t } = useTranslation('operator');
  const { data, error, isFetching, refetch } = useQuery(echoQuery);
  async function askAgain(): Promise<void> {
    const { data: answer } = await refetch();
    if (answer !== undefined) announce(t(`proxies.findings.${answer.finding}.title`));
  }
  const address = (text: string | null) => (text === null ? t('proxies.unreadable') : <Ltr mono>{text}</Ltr>);
  return (
    <>
      <PageHeader
        title={t('proxies.title')}
        description={t('proxies.description')}
        actions={
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={isFetching && data !== undefined}
            onClick={() => void askAgain()}
          >
            {t('proxies.again')}
          </Button>
        }
      />
      {data === undefined && error === null && <SkeletonRows rows={4} />}
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data !== undefined && (
        <Stack gap="lg" maw="46rem">
          <Alert
            color={isWell[data.finding] ? 'accent' : 'yellow'}
            variant="light"
            icon={
              isWell[data.finding] ? <IconCheck size={18} aria-hidden /> : <IconAlertTriangle size={18} aria-hidden />
            }
            title={t(`proxies.findings.${data.finding}.title`)}
          >
            {t(`proxies.findings.${data.finding}.text`)}
          </Alert>
          {data.configLine !== null && (
            <Section title={t('proxies.fix')} text={t('proxies.fixText')}>
              <CodeBlock code={data.configLine} label="miftah.yaml" />
            </Section>
          )}
          <Section title={t('proxies.request')} text={t('proxies.requestText')}>
            <Facts
              facts={[
                [
                  t('proxies.peer'),
                  data.peer === null ? (
                    t('proxies.nothing')
                  ) : (
                    <Ltr key="peer" mono>
                      {data.peer}
                    </Ltr>
                  ),
                ],
                [
                  'X-Forwarded-For',
                  data.forwardedFor === null ? (
                    t('proxies.nothing')
                  ) : (
                    <Code key="for" dir="ltr">
                      {data.forwardedFor}
                    </Code>
                  ),
                ],
                [t('proxies.client'), address(data.clientAddress)],
                [t('proxies.isTrusted'), data.isPeerTrusted ? t('proxies.yes') : t('proxies.no')],
                [
                  t('proxies.trusted'),
                  data.trustedProxies.length === 0 ? (
                    t('proxies.nothing')
                  ) : (
                    <Ltr key="trusted" mono>
                      {data.trustedProxies.join(', ')}
                    </Ltr>
                  ),
                ],
              ]}
            />
          </Section>
        </Stack>
      )}
    </>
  );
}
