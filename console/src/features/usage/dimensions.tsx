// What the requests can be grouped by. Each is one entry of the list: its groups, its cell and its columns in files.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useApiNames } from '../../entities/api-names.ts';
import { useEnvironmentNames } from '../../entities/keys/words.ts';
import { useScope } from '../../entities/scope.ts';
import { groupOf, type StatusClass, statusClasses, type UsageSum } from '../../entities/usage/series.ts';
import classes from '../../entities/usage/usage.module.css';
import { useFormats } from '../../ui/formats.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Ltr, Name } from '../../ui/ltr.tsx';
import type { Dimension, UsageRow } from './dimension.ts';
import own from './usage-page.module.css';
import { useUsageView } from './usage-view.ts';

const all = ['api', 'environment', 'outcome'] as const;

export const dimensions: readonly Dimension[] = [
  { id: 'org', groups: ['org'], hasMany: true, Cell: OrgCell, columns: orgColumns(), withinFiles: all },
  { id: 'key', groups: ['key'], hasMany: true, Cell: KeyCell, columns: keyColumns(), withinFiles: all },
  { id: 'api', groups: ['api', 'environment'], hasMany: true, Cell: ApiCell, columns: {}, withinFiles: all },
  { id: 'outcome', groups: ['outcome'], hasMany: false, Cell: OutcomeCell, columns: {}, withinFiles: all },
  {
    id: 'status',
    ...{ groups: ['outcome'], hasMany: false, Cell: StatusCell, columns: {}, withinFiles: all },
    split: splitByStatus,
  },
  {
    id: 'route',
    ...{ groups: ['route'], hasMany: true, Cell: RouteCell, withinFiles: ['outcome'] },
    columns: { route: ({ route }) => route ?? '' },
  },
  {
    id: 'address',
    ...{ groups: ['address'], hasMany: true, hasFewNumbers: true, Cell: AddressCell, withinFiles: ['key'] },
    columns: { address: ({ address }) => address ?? '', ...keyColumns() },
  },
  {
    id: 'country',
    ...{ groups: ['country'], hasMany: true, hasFewNumbers: true, Cell: CountryCell, withinFiles: ['key'] },
    columns: { country: ({ country }) => country ?? '', ...keyColumns() },
  },
];

function orgColumns(): Dimension['columns'] {
  return { org_id: ({ org }) => org?.id ?? '', org: ({ org }) => org?.name ?? '' };
}

function keyColumns(): Dimension['columns'] {
  return {
    key_id: ({ key }) => key?.id ?? '',
    key: ({ key }) => key?.name ?? '',
    masked: ({ key }) => key?.masked ?? '',
  };
}

/** The status classes that occur. */
function splitByStatus(sums: readonly UsageSum[]): readonly UsageRow[] {
  const add = (statusClass: StatusClass, read: (sum: UsageSum) => UsageSum['statuses'] | undefined) =>
    sums.reduce((all, sum) => all + (read(sum)?.[statusClass] ?? 0), 0);
  return statusClasses.flatMap((statusClass): UsageRow[] => {
    const count = add(statusClass, ({ statuses }) => statuses);
    const before = add(statusClass, (sum) => sum.before?.statuses);
    const [first] = sums;
    if (count + before === 0 || first === undefined) return [];
    return [{ ...first, statusClass, count, ...(first.before && { before: { ...first.before, count: before } }) }];
  });
}

function OrgCell({ row: { org } }: { readonly row: UsageRow }) {
  const { t } = useTranslation('usage');
  const { search } = useUsageView();
  if (org === undefined || org.name === null) return <Text c="dimmed">{t('by.removedOrg')}</Text>;
  return (
    <>
      <AnchorLink to="/operator/usage" search={{ ...search, by: 'key', org: org.id }} className={own.key}>
        <Name>{org.name}</Name>
      </AnchorLink>
      <Text size="xs" c="dimmed" component="div">
        <Ltr mono>{org.id}</Ltr>
      </Text>
    </>
  );
}

function KeyCell({ row: { key, org } }: { readonly row: UsageRow }) {
  const { t } = useTranslation('usage');
  const { org: shown } = useUsageView();
  const owner = shown ?? org?.id;
  if (key === undefined || owner === undefined) return <Text c="dimmed">{t('by.removed')}</Text>;
  return (
    <>
      <AnchorLink to="/orgs/$org/keys/$key" params={{ org: owner, key: key.id }} className={own.key}>
        <Name>{key.name || key.masked}</Name>
      </AnchorLink>
      <Text size="xs" c="dimmed" component="div">
        <Ltr mono>{key.masked}</Ltr>
        {shown === undefined && org?.name != null && (
          <>
            {' · '}
            <Name>{org.name}</Name>
          </>
        )}
      </Text>
    </>
  );
}

function ApiCell({ row: { api = '', environment = 'live' } }: { readonly row: UsageRow }) {
  const { config } = useScope();
  const nameOf = useApiNames();
  const environmentOf = useEnvironmentNames();
  const name = environmentOf(
    config.apis.find(({ id }) => id === api),
    environment,
  );
  if (config.apis.length === 1) return name;
  return (
    <>
      <Name>{nameOf(api)}</Name>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
    </>
  );
}

function OutcomeCell({ row: { outcome = 'allowed' } }: { readonly row: UsageRow }) {
  const { t } = useTranslation(['usage', 'denials']);
  const { org, search } = useUsageView();
  const isAllowed = outcome === 'allowed' || outcome === 'upstream_failed';
  return (
    <span className={own.outcome}>
      <span className={classes.swatch} data-outcome={groupOf(outcome)} />
      <span className={own.words}>
        <span>{isAllowed ? t(`usage:outcomes.${groupOf(outcome)}`) : t(`denials:reasons.${outcome}.title`)}</span>
        {!isAllowed && org !== undefined && (
          <AnchorLink
            to="/orgs/$org/denials"
            params={{ org }}
            search={{ reason: outcome, ...(search.key && { key: search.key }) }}
            size="sm"
          >
            {t('by.seeRefusals')}
          </AnchorLink>
        )}
      </span>
    </span>
  );
}

function StatusCell({ row: { statusClass = 'unknown' } }: { readonly row: UsageRow }) {
  const { t } = useTranslation('usage');
  return (
    <span className={own.words}>
      <span>{t(`statuses.${statusClass}`)}</span>
      {statusClass !== 'none' && statusClass !== 'unknown' && (
        <Text size="sm" c="dimmed" component="span">
          <Ltr mono>{statusClass}</Ltr>
        </Text>
      )}
    </span>
  );
}

function RouteCell({ row: { route } }: { readonly row: UsageRow }) {
  const { t } = useTranslation('usage');
  return route == null ? <Text c="dimmed">{t('by.otherRoutes')}</Text> : <Ltr mono>{route}</Ltr>;
}

function AddressCell({ row: { address } }: { readonly row: UsageRow }) {
  const { t } = useTranslation('usage');
  return address == null ? <Text c="dimmed">{t('by.otherAddresses')}</Text> : <Ltr mono>{address}</Ltr>;
}

function CountryCell({ row: { country } }: { readonly row: UsageRow }) {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  if (country == null) return <Text c="dimmed">{t('by.unknownCountry')}</Text>;
  return formats.country(country);
}
