// All APIs as they are configured: hosts, key scheme and policy.
import { Badge, Stack } from '@mantine/core';
import { IconAffiliate } from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import { useEnvironmentName } from '../../entities/keys/words.ts';
import { useKindName } from '../../entities/people/kind-name.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useLanguage } from '../../i18n/use-language.ts';
import { Facts } from '../../ui/facts.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Ltr } from '../../ui/ltr.tsx';
import { Section } from '../../ui/section.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './operator.module.css';

type OperatorApi = components['schemas']['OperatorApi'];

const apisQuery = queryOptions({
  queryKey: ['operator', 'apis'],
  queryFn: async () => (await unwrap(api.GET('/api/operator/apis'))).data,
});

export function ApisPage() {
  const { t } = useTranslation('operator');
  const { data, error, isPending, refetch } = useQuery(apisQuery);
  return (
    <>
      <PageHeader title={t('apis.title')} description={t('apis.description')} commands={{ page: 'apis' }} />
      {isPending && <SkeletonRows rows={5} height={120} />}
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <EmptyState icon={IconAffiliate} title={t('apis.none')} text={t('apis.noneText')} />}
      <Stack gap="lg">
        {data?.map((each) => (
          <ApiSection key={each.id} shown={each} />
        ))}
      </Stack>
    </>
  );
}

function ApiSection({ shown }: { readonly shown: OperatorApi }) {
  const { t } = useTranslation('operator');
  const language = useLanguage();
  const formats = useFormats();
  const kindName = useKindName();
  const environmentName = useEnvironmentName(shown);
  const { id, name, profile, hosts, consoleHosts, upstream, scheme, keyFormat, fields, actions } = shown;
  const { addresses, expiry, rate } = fields;
  const offered = (['scopes', 'referrers', 'endpoints'] as const).filter((each) => fields[each].offered);
  return (
    <Section
      title={name[language]}
      aside={
        <Badge variant="default" size="sm" className={classes.badge}>
          <Ltr mono>{id}</Ltr>
        </Badge>
      }
    >
      <div className={classes.pair}>
        <Facts
          facts={[
            [
              t('apis.profile'),
              <Ltr key="profile" mono>
                {profile}
              </Ltr>,
            ],
            [
              t('apis.hosts'),
              hosts.length === 0 ? (
                t('apis.noHosts')
              ) : (
                <ul key="hosts">
                  {hosts.map(({ host, environment }) => (
                    <li key={host}>
                      <Ltr mono>{host}</Ltr> {environment !== null && `(${environmentName(environment)})`}
                    </li>
                  ))}
                </ul>
              ),
            ],
            [
              t('apis.consoleHosts'),
              consoleHosts.length === 0 ? (
                t('apis.noConsole')
              ) : (
                <ul key="console">
                  {consoleHosts.map((host) => (
                    <li key={host}>
                      <Ltr mono>{host}</Ltr>
                    </li>
                  ))}
                </ul>
              ),
            ],
            [
              t('apis.upstream'),
              upstream.live === undefined ? (
                t('apis.noUpstream')
              ) : (
                <ul key="upstream">
                  {[...new Set([upstream.live, upstream.test])].map(
                    (origin) =>
                      origin !== undefined && (
                        <li key={origin}>
                          <Ltr mono>{origin}</Ltr>
                        </li>
                      ),
                  )}
                </ul>
              ),
            ],
          ]}
        />
        <Facts
          facts={[
            [
              t('apis.scheme'),
              <Ltr key="scheme" mono>
                {scheme.kind === 'query' ? `?${scheme.format}` : `${scheme.header}: ${scheme.format}`}
              </Ltr>,
            ],
            [
              t('apis.format'),
              <span key="format">
                <Ltr mono>
                  {[keyFormat.prefixes.live, keyFormat.prefixes.test]
                    .flatMap((prefix) => (prefix === undefined ? [] : `${prefix}…`))
                    .join('  ')}
                </Ltr>{' '}
                {t('apis.characters', { count: keyFormat.length })}
              </span>,
            ],
            [
              t('apis.addresses'),
              addresses.offered && addresses.mode !== null
                ? `${t(`apis.modes.${addresses.mode}`)} ${t(`apis.empty.${addresses.emptyMeans}`)}`
                : t('apis.notOffered'),
            ],
            [
              t('apis.expiry'),
              !expiry.offered
                ? t('apis.notOffered')
                : expiry.maxDays === null
                  ? t('apis.unlimited')
                  : t('apis.atMostDays', { count: expiry.maxDays }),
            ],
            [
              t('apis.actions'),
              formats.list([
                ...(actions.rotate ? [t('apis.rotate')] : []),
                ...(actions.disable ? [t('apis.disable')] : []),
                t(`apis.${actions.revokeWord}`),
              ]),
            ],
            ...(offered.length > 0
              ? [[t('apis.limits'), formats.list(offered.map((each) => t(`apis.${each}`)))] as const]
              : []),
            ...(rate.default.length > 0
              ? [
                  [
                    t('apis.rate'),
                    <Ltr key="rate" mono>
                      {rate.default.join(', ')}
                    </Ltr>,
                  ] as const,
                ]
              : []),
            [t('apis.windows'), t(`apis.${rate.windows}`)],
            ...(shown.orgKind !== null ? [[t('apis.onlyFor'), kindName(shown.orgKind)] as const] : []),
            ...(shown.maxKeysPerOrg !== null
              ? [[t('apis.maxKeys'), formats.number(shown.maxKeysPerOrg)] as const]
              : []),
          ]}
        />
      </div>
    </Section>
  );
}
