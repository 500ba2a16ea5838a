// The usage of an organization's keys. The address holds all filters.
import { Badge } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useOrgScope } from '../../entities/scope.ts';
import { ownZone, spanOf } from '../../entities/usage/span.ts';
import { toUsageQuery, type UsageFilter } from '../../entities/usage/usage-query.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useLanguage } from '../../i18n/use-language.ts';
import { useNow } from '../../ui/use-now.ts';
import { dimensions } from './dimensions.tsx';
import { ExportMenu } from './export-menu.tsx';
import { outcomesOf } from './outcome-choices.ts';
import { UsageBody } from './usage-body.tsx';
import { UsageEmpty } from './usage-empty.tsx';
import classes from './usage-page.module.css';
import type { UsageSearch } from './usage-search.ts';
import { UsageViewContext } from './usage-view.ts';

const route = getRouteApi('/signed-in/orgs/$org/usage');

export function UsagePage() {
  const { t } = useTranslation('usage');
  const { org, api, config, environment, canAdminister } = useOrgScope();
  const isTestFree = (api === undefined ? config.apis : [api]).every(({ billsTest }) => !billsTest);
  const { env: _, api: __, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const setSearch = (next: UsageSearch) => void navigate({ to: '.', search: next, replace: true, resetScroll: false });
  const span = spanOf(search, useNow(), search.zone ?? ownZone());
  const outcome = outcomesOf(search.outcome);
  const filter: UsageFilter = {
    ...{ from: span.from, to: span.to, zone: span.zone, environment },
    ...(api && { api: api.id }),
    ...(search.key && { key: search.key }),
    ...(outcome && { outcome }),
    ...(search.tag && { tag: search.tag }),
  };
  const isSplit = config.apis.length > 1 || config.apis.some(({ environments }) => environments.length > 1);
  const offered = dimensions.filter(
    ({ id }) =>
      id !== 'org' && (id !== 'api' || (isSplit && search.key === undefined)) && (id !== 'country' || config.countries),
  );
  const language = useLanguage();
  return (
    <UsageViewContext
      value={{ org: org.id, search, setSearch, span, filter, dimensions: offered, readsAudit: canAdminister }}
    >
      <PageHeader
        title={t('title')}
        {...(api && { description: t('description', { api: api.name[language] }) })}
        aside={
          environment === 'test' &&
          isTestFree && (
            <Badge variant="outline" className={classes.badge}>
              {t('notBilled')}
            </Badge>
          )
        }
        commands={{ page: 'usage', org: org.id, query: toUsageQuery(filter, { by: [span.step, 'outcome'] }) }}
        actions={<ExportMenu />}
      />
      <UsageBody empty={<UsageEmpty />} />
    </UsageViewContext>
  );
}
