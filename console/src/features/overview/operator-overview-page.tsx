// The first page of the operator: requests, the largest customers, what needs attention, and what changed.
import { Badge, Stack, Table, Text, ThemeIcon } from '@mantine/core';
import {
  type Icon,
  IconCircleCheck,
  IconHandStop,
  IconMoonStars,
  IconPlayerPause,
  IconPlugX,
  IconServer2,
  IconServerOff,
} from '@tabler/icons-react';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import type { Environment } from '../../api/config.ts';
import type { components } from '../../api/schema.ts';
import { useApiNames } from '../../entities/api-names.ts';
import { ChangeRow } from '../../entities/audit/change-row.tsx';
import { useEnvironmentNames } from '../../entities/keys/words.ts';
import { useScope } from '../../entities/scope.ts';
import { refusedOf } from '../../entities/usage/series.ts';
import { ownZone } from '../../entities/usage/span.ts';
import usageClasses from '../../entities/usage/usage.module.css';
import { PageHeader } from '../../frame/page-header.tsx';
import { useFormats } from '../../ui/formats.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { ErrorState } from '../../ui/states.tsx';
import { LateAlerts } from './late-alerts.ts';
import classes from './overview.module.css';
import { LoadingOverview } from './overview-page.tsx';
import { Periods } from './periods.tsx';

type Overview = components['schemas']['OperatorOverview'];
type Organizations = Overview['organizations'][number];

const freshMs = 30_000;

const overviewQuery = (timeZone: string) =>
  queryOptions({
    queryKey: ['operator', 'overview', timeZone],
    queryFn: ({ signal }) => unwrap(api.GET('/api/operator/overview', { params: { query: { timeZone } }, signal })),
    refetchInterval: freshMs,
    placeholderData: keepPreviousData,
  });

export function OperatorOverviewPage() {
  const { t } = useTranslation('overview');
  const timeZone = ownZone();
  const overview = useQuery(overviewQuery(timeZone));
  return (
    <>
      <PageHeader
        title={t('operator.title')}
        description={t('operator.description')}
        commands={{ page: 'operatorOverview', query: { timeZone } }}
      />
      {overview.isPending ? (
        <LoadingOverview />
      ) : overview.data === undefined ? (
        <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />
      ) : (
        <Stack gap="md">
          <Periods
            periods={overview.data.periods}
            link={({ days }) => (
              <AnchorLink
                to="/operator/usage"
                search={{ compare: true, ...(days === 1 ? { range: '24h' } : days === 30 ? { range: '30d' } : {}) }}
                size="sm"
              >
                {t(`periods.see.${days}`)}
              </AnchorLink>
            )}
          />
          <Customers customers={overview.data.customers.data} />
          <Trouble overview={overview.data} />
          <Changes changes={overview.data.changes} />
        </Stack>
      )}
    </>
  );
}

function Customers({ customers }: { readonly customers: Overview['customers']['data'] }) {
  const { t } = useTranslation('overview');
  const formats = useFormats();
  const columns = ['count', 'lastMonth', 'refused', 'billed'] as const;
  return (
    <Section
      title={t('customers.title')}
      kind="rows"
      actions={
        <AnchorLink to="/operator/usage" search={{ range: 'month', compare: true }} size="sm">
          {t('customers.all')}
        </AnchorLink>
      }
    >
      {customers.length === 0 ? (
        <Text c="dimmed" className={classes.nothing}>
          {t('customers.none')}
        </Text>
      ) : (
        <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table className={usageClasses.numbers} data-wide>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t('customers.org')}</Table.Th>
                {columns.map((column) => (
                  <Table.Th key={column} scope="col" className={usageClasses.number}>
                    {t(`customers.${column}`)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {customers.map((row) => (
                <Table.Tr key={row.org.id}>
                  <Table.Th scope="row" className={classes.named}>
                    <OrgLink org={row.org} range="month" />
                  </Table.Th>
                  {[row.count, row.before?.count ?? 0, refusedOf(row), row.billed].map((number, at) => (
                    <Table.Td key={columns[at]} className={usageClasses.number} data-none={number === 0 || undefined}>
                      {formats.number(number)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  );
}

/** Leads to the usage of the organization. */
function OrgLink({
  org,
  range,
}: {
  readonly org: Overview['customers']['data'][number]['org'];
  readonly range?: 'month';
}) {
  const { t } = useTranslation(['overview', 'audit']);
  if (org.name === null) return <Text c="dimmed">{t('audit:deletedOrg')}</Text>;
  return (
    <AnchorLink to="/operator/usage" search={{ org: org.id, compare: true, ...(range && { range }) }} size="sm">
      <Name>{org.name}</Name>
    </AnchorLink>
  );
}

const orgIcons: Readonly<Record<Organizations['kind'], Icon>> = {
  suspended: IconPlayerPause,
  errors: IconPlugX,
  refused: IconHandStop,
  silent: IconMoonStars,
};

/** The organizations, upstreams and nodes that need attention. */
function Trouble({ overview: { organizations, upstreams, nodes, openAlerts } }: { readonly overview: Overview }) {
  const { t } = useTranslation('overview');
  const nameOf = useApiNames();
  const environmentOf = useEnvironmentNames();
  const { config } = useScope();
  const environmentNameOf = (id: string, environment: Environment) =>
    environmentOf(
      config.apis.find((each) => each.id === id),
      environment,
    );
  const unwell = nodes.filter(({ state }) => state !== 'leased');
  const differ = new Set(nodes.map(({ configuration }) => configuration)).size > 1;
  const isFine = organizations.length + upstreams.length + unwell.length + openAlerts === 0 && !differ;
  return (
    <Section title={t('trouble.title')} text={t('trouble.text')} kind={isFine ? 'plain' : 'rows'}>
      {isFine ? (
        <Text className={classes.fine}>
          <IconCircleCheck size={18} stroke={1.7} aria-hidden /> {t('trouble.none', { count: nodes.length })}
        </Text>
      ) : (
        <Rows label={t('trouble.title')}>
          {openAlerts > 0 && <LateAlerts fallback={null} count={openAlerts} />}
          {(unwell.length > 0 || differ) && (
            <TroubleRow icon={IconServerOff} title={t('trouble.nodes')}>
              {unwell.map(({ id, name, state }) => (
                <li key={id}>
                  <AnchorLink to="/operator/nodes" size="sm">
                    <Ltr>{name}</Ltr>
                  </AnchorLink>{' '}
                  {t(`trouble.states.${state}`)}
                </li>
              ))}
              {differ && (
                <li>
                  <AnchorLink to="/operator/nodes" size="sm">
                    {t('trouble.differ')}
                  </AnchorLink>
                </li>
              )}
            </TroubleRow>
          )}
          {upstreams.length > 0 && (
            <TroubleRow icon={IconServer2} title={t('trouble.upstreams')}>
              {upstreams.map(({ api: id, environment, count, failed, serverErrors }) => (
                <li key={`${id} ${environment}`}>
                  <AnchorLink to="/operator/usage" search={{ api: id, environment, by: 'status' }} size="sm">
                    <span>
                      <Name>{nameOf(id)}</Name> ({environmentNameOf(id, environment)})
                    </span>
                  </AnchorLink>{' '}
                  {t('trouble.upstream', { failed, serverErrors, requests: count })}
                </li>
              ))}
            </TroubleRow>
          )}
          {organizations.map((each) => (
            <OrganizationsRow key={each.kind} organizations={each} />
          ))}
        </Rows>
      )}
    </Section>
  );
}

function OrganizationsRow({ organizations: { kind, data } }: { readonly organizations: Organizations }) {
  const { t } = useTranslation('overview');
  return (
    <TroubleRow icon={orgIcons[kind]} title={t(`trouble.kinds.${kind}`)}>
      {data.map((row) => (
        <li key={row.org.id}>
          {kind === 'suspended' ? (
            <AnchorLink to="/operator/orgs" search={{ status: 'suspended' }} size="sm">
              <Name>{row.org.name ?? row.org.id}</Name>
            </AnchorLink>
          ) : (
            <OrgLink org={row.org} />
          )}{' '}
          <OrganizationFact kind={kind} row={row} />
        </li>
      ))}
    </TroubleRow>
  );
}

interface FactProps {
  readonly kind: Organizations['kind'];
  readonly row: Organizations['data'][number];
}

function OrganizationFact({ kind, row: { count = 0, statuses, before } }: FactProps) {
  const { t } = useTranslation('overview');
  if (kind === 'silent') return t('trouble.silent', { number: before?.count ?? 0 });
  if (statuses === undefined || kind === 'suspended') return null;
  const wrong = kind === 'errors' ? statuses['5xx'] + statuses.none : refusedOf({ count, statuses });
  return t('trouble.part', { part: wrong, requests: count });
}

interface TroubleRowProps {
  readonly icon: Icon;
  readonly title: string;
  readonly children: ReactNode;
}

function TroubleRow({ icon: RowIcon, title, children }: TroubleRowProps) {
  return (
    <Row
      lead={
        <ThemeIcon variant="light" color="yellow" size={36} radius="md">
          <RowIcon size={19} stroke={1.6} />
        </ThemeIcon>
      }
      title={title}
      text={<ul className={classes.keys}>{children}</ul>}
    />
  );
}

function Changes({ changes }: { readonly changes: Overview['changes'] }) {
  const { t } = useTranslation('overview');
  if (changes.length === 0) return null;
  return (
    <Section title={t('changes.title')} kind="rows" aside={<Badge variant="default">{t('changes.everywhere')}</Badge>}>
      <Rows label={t('changes.title')}>
        {changes.map((change) => (
          <ChangeRow key={change.seq} change={change} />
        ))}
      </Rows>
    </Section>
  );
}
