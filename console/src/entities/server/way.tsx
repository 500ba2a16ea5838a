// How the reader's request reached the server: whether it trusts the proxy, and the line that makes it.
import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconRefresh } from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import { announce } from '../../ui/announcer.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Ltr } from '../../ui/ltr.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';

type Echo = components['schemas']['ProxyEcho'];

const echoQuery = queryOptions({
  queryKey: ['operator', 'echo'],
  queryFn: () => unwrap(api.GET('/api/operator/echo')),
  gcTime: 0,
});

const isWell: Readonly<Record<Echo['finding'], boolean>> = {
  direct: true,
  proxy_trusted: true,
  proxy_not_trusted: false,
  proxy_silent: false,
  client_unreadable: false,
};

/** Checks again, and announces the result. */
export function WayAgain() {
  const { t } = useTranslation('server');
  const { data, isFetching, refetch } = useQuery(echoQuery);
  async function askAgain(): Promise<void> {
    const { data: answer } = await refetch();
    if (answer !== undefined) announce(t(`way.findings.${answer.finding}.title`));
  }
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={16} aria-hidden />}
      loading={isFetching && data !== undefined}
      onClick={() => void askAgain()}
    >
      {t('way.again')}
    </Button>
  );
}

/** Shows the finding, the line to paste where one is needed, and what the server received. */
export function Way() {
  const { t } = useTranslation('server');
  const { data, error, refetch } = useQuery(echoQuery);
  if (data === undefined) {
    return error === null ? <SkeletonRows rows={4} /> : <ErrorState error={error} onRetry={() => void refetch()} />;
  }
  const { finding, configLine } = data;
  const header = nameOf(data.forwardedHeader);
  const Icon = isWell[finding] ? IconCheck : IconAlertTriangle;
  return (
    <Stack gap="md">
      <Alert
        color={isWell[finding] ? 'accent' : 'yellow'}
        variant="light"
        icon={<Icon size={18} aria-hidden />}
        title={t(`way.findings.${finding}.title`)}
      >
        {t(`way.findings.${finding}.text`, { header })}
      </Alert>
      {configLine !== null && (
        <Stack gap={6}>
          <Text>{t('way.fix')}</Text>
          <CodeBlock code={configLine} label="miftah.yaml" />
        </Stack>
      )}
      <WayFacts echo={data} />
    </Stack>
  );
}

/** Writes a header's name as people know it: `X-Forwarded-For`. */
function nameOf(header: string): string {
  return header.replaceAll(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase()).replace('Ip', 'IP');
}

function WayFacts({ echo }: { readonly echo: Echo }) {
  const { t } = useTranslation('server');
  const { peer, forwardedHeader, forwardedFor, clientAddress, trustedProxies } = echo;
  const address = (text: string | null, none: string) => (text === null ? none : <Ltr mono>{text}</Ltr>);
  return (
    <Facts
      facts={[
        [t('way.peer'), address(peer, t('way.nothing'))],
        [nameOf(forwardedHeader), address(forwardedFor, t('way.nothing'))],
        [t('way.client'), address(clientAddress, t('way.unreadable'))],
        [t('way.trusted'), address(trustedProxies.join(', ') || null, t('way.nothing'))],
      ]}
    />
  );
}
