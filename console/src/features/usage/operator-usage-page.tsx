// The usage of all organizations, for the operator. The address holds all filters.
import { Button } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useScope } from '../../entities/scope.ts';
import { ownZone, spanOf } from '../../entities/usage/span.ts';
import { toUsageQuery, type UsageFilter } from '../../entities/usage/usage-query.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { useNow } from '../../ui/use-now.ts';
import { dimensions } from './dimensions.tsx';
import { ExportMenu } from './export-menu.tsx';
import { outcomesOf } from './outcome-choices.ts';
import { UsageBody } from './usage-body.tsx';
import type { OperatorUsageSearch } from './usage-search.ts';
import { UsageViewContext } from './usage-view.ts';

const route = getRouteApi('/signed-in/operator/usage');

export function OperatorUsagePage() {
  const { t } = useTranslation('usage');
  const { config } = useScope();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const setSearch = (next: OperatorUsageSearch) =>
    void navigate({ to: '.', search: next, replace: true, resetScroll: false });
  const span = spanOf(search, useNow(), search.zone ?? ownZone());
  const { org, api, environment, tag } = search;
  const outcome = outcomesOf(search.outcome);
  const filter: UsageFilter = {
    ...{ from: span.from, to: span.to, zone: span.zone },
    ...(org && { org }),
    ...(api && { api }),
    ...(environment && { environment }),
    ...(outcome && { outcome }),
    ...(tag && { tag }),
  };
  const isSplit = config.apis.length > 1 || config.apis.some(({ environments }) => environments.length > 1);
  const offered = dimensions.filter(
    ({ id }) =>
      (id !== 'api' || isSplit) && (id !== 'org' || org === undefined) && (id !== 'country' || config.countries),
  );
  return (
    <UsageViewContext
      value={{ org: undefined, search, setSearch, span, filter, dimensions: offered, readsAudit: true }}
    >
      <PageHeader
        title={t('operator.title')}
        description={t('operator.description')}
        commands={{ page: 'operatorUsage', query: toUsageQuery(filter, { by: [span.step, 'outcome'] }) }}
        actions={<ExportMenu />}
      />
      <UsageBody
        empty={
          <EmptyState
            icon={IconChartBar}
            title={t('empty.title')}
            action={
              search.range !== '30d' && (
                <Button variant="default" onClick={() => setSearch({ range: '30d' })}>
                  {t('empty.wider')}
                </Button>
              )
            }
          />
        }
      />
    </UsageViewContext>
  );
}
