// The alerts of an organization, or of all organizations for the operator. The list refreshes without moving its rows.
import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { IconFilterOff, IconLock, IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { allRules } from '../../entities/alerts/rules.ts';
import { KeyFilter } from '../../entities/keys/key-filter.tsx';
import type { Place } from '../../entities/place.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { AnchorLink, ButtonLink } from '../../ui/links.tsx';
import { LiveList } from '../../ui/live-list.tsx';
import { MorePages } from '../../ui/more-pages.tsx';
import { Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { AlertRow } from './alert-row.tsx';
import classes from './alerts.module.css';
import { type Alert, alertsQuery, keyRulesQuery, toAlertsQuery } from './alerts-api.ts';
import { type AlertsSearch, readAlertsSearch, states } from './alerts-search.ts';

const orgPage = getRouteApi('/signed-in/orgs/$org/alerts');
const operatorPage = getRouteApi('/signed-in/operator/alerts');

/** In an organization, or at the operator's address. */
export function AlertsPage() {
  const { org } = useParams({ strict: false });
  return org === undefined ? <OperatorAlerts /> : <OrgAlerts />;
}

function OrgAlerts() {
  const { t } = useTranslation('alerts');
  const { org, canAdminister } = useOrgScope();
  const search = readAlertsSearch(orgPage.useSearch());
  const navigate = orgPage.useNavigate();
  if (!canAdminister) {
    return (
      <>
        <PageHeader title={t('title')} />
        <EmptyState icon={IconLock} title={t('noRight.title')} text={t('noRight.text')} />
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        commands={{ page: 'alerts', org: org.id, query: toAlertsQuery(search) }}
      />
      <AlertList
        place={org.id}
        search={search}
        onSearch={(next) => void navigate({ to: '.', search: next, replace: true, resetScroll: false })}
      />
    </>
  );
}

function OperatorAlerts() {
  const { t } = useTranslation('alerts');
  const search = readAlertsSearch(operatorPage.useSearch());
  const navigate = operatorPage.useNavigate();
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('operatorDescription')}
        commands={{ page: 'alerts', org: undefined, query: toAlertsQuery(search) }}
        actions={
          <ButtonLink to="/operator/alert-rules" variant="default">
            {t('rulesLink')}
          </ButtonLink>
        }
      />
      <AlertList
        place={undefined}
        search={search}
        onSearch={(next) => void navigate({ to: '.', search: next, replace: true, resetScroll: false })}
      />
    </>
  );
}

interface ListProps {
  readonly place: Place;
  readonly search: AlertsSearch;
  readonly onSearch: (search: AlertsSearch) => void;
}

function AlertList({ place, search, onSearch }: ListProps) {
  const { t } = useTranslation('alerts');
  const list = useInfiniteQuery(alertsQuery(place, search));
  const alerts = list.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <>
      <Filters place={place} search={search} onSearch={onSearch} />
      {list.isPending ? (
        <SkeletonRows rows={6} height={64} />
      ) : list.data === undefined ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <LiveList
          rows={alerts.map((alert) => ({ ...alert, lastAt: alert.raisedAt }))}
          view={JSON.stringify([place, search])}
          newLabel={(count) => t('live.new', { count })}
          announcement={(count) => t('live.announced', { count })}
        >
          {(rows) =>
            rows.length === 0 ? (
              <NoAlerts place={place} search={search} onSearch={onSearch} />
            ) : (
              <>
                {place === undefined ? (
                  <ByOrganization alerts={rows} />
                ) : (
                  <AlertRows label={t('title')} alerts={rows} />
                )}
                <MorePages list={list} label={t('more')} />
              </>
            )
          }
        </LiveList>
      )}
    </>
  );
}

function AlertRows({ label, alerts }: { readonly label: string; readonly alerts: readonly Alert[] }) {
  return (
    <Paper>
      <Rows label={label}>
        {alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} />
        ))}
      </Rows>
    </Paper>
  );
}

/** The organization with the newest alert comes first. */
function ByOrganization({ alerts }: { readonly alerts: readonly Alert[] }) {
  const { t } = useTranslation('alerts');
  const groups = [...Map.groupBy(alerts, ({ org }) => org)];
  return (
    <Stack gap="md">
      {groups.map(([org, own]) => {
        const name = org === null ? t('row.operatorOnly') : (own[0]?.orgName ?? t('row.deletedOrg'));
        return (
          <Section
            key={org}
            title={name}
            kind="rows"
            {...(org !== null && {
              actions: (
                <AnchorLink
                  to="/orgs/$org/alerts"
                  params={{ org }}
                  size="sm"
                  aria-label={`${t('groups.all')}: ${name}`}
                >
                  {t('groups.all')}
                </AnchorLink>
              ),
            })}
          >
            <Rows label={t('groups.label', { org: name })}>
              {own.map((alert) => (
                <AlertRow key={alert.id} alert={alert} />
              ))}
            </Rows>
          </Section>
        );
      })}
    </Stack>
  );
}

function Filters({ place, search, onSearch }: ListProps) {
  const { t } = useTranslation('alerts');
  const choose = (change: { [member in keyof AlertsSearch]: AlertsSearch[member] | undefined }) =>
    onSearch(readAlertsSearch({ ...search, ...change }));
  return (
    <Group gap="sm" mb="md" role="group" aria-label={t('filters.label')}>
      <ChoiceFilter
        label={t('filters.rule')}
        any={t('filters.anyRule')}
        w={{ base: '100%', xs: 300 }}
        choices={allRules.map((rule) => ({ value: rule, label: t(`rules.${rule}.found`) }))}
        value={search.rule}
        onChange={(rule) => choose({ rule })}
      />
      {place !== undefined && <KeyFilter isOfAll value={search.key} onChange={(key) => choose({ key })} />}
      <ChoiceFilter
        label={t('filters.state')}
        any={t('filters.anyState')}
        w={{ base: '100%', xs: 220 }}
        choices={states.map((state) => ({ value: state, label: t(`filters.${state}`) }))}
        value={search.state}
        onChange={(state) => choose({ state })}
      />
    </Group>
  );
}

function NoAlerts({ place, search, onSearch }: ListProps) {
  const { t } = useTranslation('alerts');
  if (Object.keys(search).length > 0) {
    return (
      <EmptyState
        icon={IconFilterOff}
        title={t('empty.filteredTitle')}
        text={t('empty.filteredText')}
        action={
          <Button variant="default" onClick={() => onSearch({})}>
            {t('filters.clear')}
          </Button>
        }
      />
    );
  }
  const text = place === undefined ? t('empty.operatorText') : <RulesOn org={place} />;
  return <EmptyState icon={IconShieldCheck} title={t('empty.title')} text={text} />;
}

/** The rules about keys that are on, so that a reader knows what was looked for. */
function RulesOn({ org }: { readonly org: string }) {
  const { t } = useTranslation('alerts');
  const { data: rules } = useQuery(keyRulesQuery(org));
  if (rules === undefined) return null;
  if (rules.length === 0) return t('empty.off');
  return (
    <>
      <Text>{t('empty.on')}</Text>
      <ul className={classes.plain}>
        {rules.map((rule) => (
          <li key={rule}>{t(`rules.${rule}.when`)}</li>
        ))}
      </ul>
    </>
  );
}
