// The first page of an organization: its requests, what needs attention, and what changed.
import { Skeleton, Stack } from '@mantine/core';
import { IconKey, IconSend } from '@tabler/icons-react';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import type { components, operations } from '../../api/schema.ts';
import { ChangeRow } from '../../entities/audit/change-row.tsx';
import { sampleCurl } from '../../entities/keys/sample-curl.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { ownZone } from '../../entities/usage/span.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useLanguage } from '../../i18n/use-language.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { AnchorLink, ButtonLink } from '../../ui/links.tsx';
import { Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { AttentionSection } from './attention.tsx';
import classes from './overview.module.css';
import { Periods } from './periods.tsx';

type Overview = components['schemas']['OrgOverview'];
type OverviewQuery = NonNullable<operations['getOrgOverview']['parameters']['query']>;

const freshMs = 30_000;

const overviewQuery = (org: string, query: OverviewQuery) =>
  queryOptions({
    queryKey: ['org', org, 'overview', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orgs/{org}/overview', { params: { path: { org }, query }, signal })),
    refetchInterval: freshMs,
    placeholderData: keepPreviousData,
  });

export function OverviewPage() {
  const { t } = useTranslation('overview');
  const { org, api: shownApi, environment } = useOrgScope();
  const language = useLanguage();
  const query = { timeZone: ownZone(), environment, ...(shownApi && { api: shownApi.id }) };
  const overview = useQuery(overviewQuery(org.id, query));
  return (
    <>
      <PageHeader
        title={org.name}
        {...(shownApi && { description: t('description', { api: shownApi.name[language] }) })}
        commands={{ page: 'overview', org: org.id, query }}
      />
      {overview.isPending ? (
        <LoadingOverview />
      ) : overview.data === undefined ? (
        <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />
      ) : (
        <Parts overview={overview.data} />
      )}
    </>
  );
}

function Parts({ overview: { periods, keys, attention, openAlerts, changes } }: { readonly overview: Overview }) {
  const { t } = useTranslation('overview');
  const { org } = useOrgScope();
  const month = periods.at(-1);
  const isQuiet = month === undefined || month.count + month.before.count === 0;
  return (
    <Stack gap="md">
      {keys === 0 ? <FirstKey /> : isQuiet && <FirstRequest />}
      {!(keys === 0 && isQuiet) && (
        <>
          <Periods
            periods={periods}
            link={({ days }) => (
              <AnchorLink
                to="/orgs/$org/usage"
                params={{ org: org.id }}
                search={{ compare: true, ...(days === 1 ? { range: '24h' } : days === 30 ? { range: '30d' } : {}) }}
                size="sm"
              >
                {t(`periods.see.${days}`)}
              </AnchorLink>
            )}
          />
          <AttentionSection attention={attention} openAlerts={openAlerts ?? 0} />
        </>
      )}
      {changes !== null && changes.length > 0 && (
        <Section
          title={t('changes.title')}
          kind="rows"
          actions={
            <AnchorLink to="/orgs/$org/audit" params={{ org: org.id }} size="sm">
              {t('changes.all')}
            </AnchorLink>
          }
        >
          <Rows label={t('changes.title')}>
            {changes.map((change) => (
              <ChangeRow key={change.seq} change={change} />
            ))}
          </Rows>
        </Section>
      )}
    </Stack>
  );
}

/** A new organization: the first thing to do. A reader who may not create keys learns who may. */
function FirstKey() {
  const { t } = useTranslation('overview');
  const { org, canEdit } = useOrgScope();
  return (
    <EmptyState
      icon={IconKey}
      title={t('first.keyTitle')}
      text={t(canEdit ? 'first.keyText' : 'first.keyTextViewer')}
      action={
        canEdit && (
          <ButtonLink to="/orgs/$org/keys" params={{ org: org.id }} search={{ create: true }}>
            {t('first.createKey')}
          </ButtonLink>
        )
      }
    />
  );
}

function FirstRequest() {
  const { t } = useTranslation('overview');
  const { api: shownApi, environment } = useOrgScope();
  const curl = shownApi && sampleCurl(shownApi, environment);
  return (
    <EmptyState
      icon={IconSend}
      title={t('first.requestTitle')}
      text={t('first.requestText')}
      action={
        curl !== undefined && (
          <div className={classes.code}>
            <CodeBlock label={t('first.curl')} code={curl} />
          </div>
        )
      }
    />
  );
}

export function LoadingOverview() {
  return (
    <Stack gap="md">
      <div className={classes.periods}>
        {['a', 'b', 'c'].map((each) => (
          <Skeleton key={each} h={196} radius="lg" />
        ))}
      </div>
      <SkeletonRows rows={4} height={56} />
    </Stack>
  );
}
