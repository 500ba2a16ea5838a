// The nodes that share the database, as in `miftah nodes list`.
import { Alert, Badge, Paper, Text } from '@mantine/core';
import { IconServer2 } from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './operator.module.css';

type Node = components['schemas']['Node'];

const freshMs = 2_000;

const nodesQuery = queryOptions({
  queryKey: ['operator', 'nodes'],
  queryFn: async () => (await unwrap(api.GET('/api/operator/nodes'))).data,
  refetchInterval: freshMs,
});

const colors = { leased: 'accent', may_serve_cached: 'yellow', stale: 'red' } as const;

export function NodesPage() {
  const { t } = useTranslation('operator');
  const { data, error, refetch } = useQuery(nodesQuery);
  return (
    <>
      <PageHeader title={t('nodes.title')} description={t('nodes.description')} commands={{ page: 'nodes' }} />
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && (
        <Paper>
          <SkeletonRows rows={2} height={64} />
        </Paper>
      )}
      {data !== undefined && (
        <Paper>
          <Rows label={t('nodes.title')}>
            {data.map((node) => (
              <NodeRow key={node.id} node={node} />
            ))}
          </Rows>
        </Paper>
      )}
      {new Set(data?.map(({ configuration }) => configuration)).size > 1 && (
        <Alert color="yellow" mt="sm">
          {t('nodes.differ')}
        </Alert>
      )}
      {data?.length === 1 && (
        <Text size="sm" c="dimmed" mt="sm">
          {t('nodes.single')}
        </Text>
      )}
    </>
  );
}

function NodeRow({ node }: { readonly node: Node }) {
  const { t } = useTranslation('operator');
  const formats = useFormats();
  const { id, name, isThis, revision, seenMsAgo, state, configuration } = node;
  return (
    <Row
      lead={<IconServer2 size={24} stroke={1.4} className={classes.icon} />}
      title={
        <>
          <Ltr>{name}</Ltr>
          {isThis && (
            <Badge variant="default" size="sm" className={classes.badge}>
              {t('nodes.this')}
            </Badge>
          )}
          <Badge color={colors[state]} variant="light" size="sm" className={classes.badge}>
            {t(`nodes.states.${state}`)}
          </Badge>
        </>
      }
      text={
        <>
          {id !== name && <Ltr mono>{id}</Ltr>}
          {state !== 'leased' && <div>{t(`nodes.stateTexts.${state}`)}</div>}
        </>
      }
      facts={[
        ...(revision === null ? [] : [t('nodes.revision', { revision: formats.number(revision) })]),
        ...(configuration === null ? [] : [t('nodes.configuration', { digest: configuration.slice(0, 8) })]),
        seenMsAgo < 1_000 ? t('nodes.seenNow') : t('nodes.seen', { count: Math.round(seenMsAgo / 1_000) }),
      ]}
    />
  );
}
