// How requests reach the server: whether it trusts the proxy, and the line that makes it.
import { Paper } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Way, WayAgain } from '../../entities/server/way.tsx';
import { PageHeader } from '../../frame/page-header.tsx';

export function ProxiesPage() {
  const { t } = useTranslation('operator');
  return (
    <>
      <PageHeader
        title={t('proxies.title')}
        description={t('proxies.description')}
        commands={{ page: 'proxies' }}
        actions={<WayAgain />}
      />
      <Paper p="lg" maw="46rem">
        <Way />
      </Paper>
    </>
  );
}
