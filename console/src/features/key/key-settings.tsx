// The settings of a key. The edit dialog changes them.
import { Badge, Paper, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../../entities/keys/change/key-api.ts';
import { toEntries } from '../../entities/keys/fields/key-values.ts';
import { useWords } from '../../entities/keys/words.ts';
import { useApiScope } from '../../entities/scope.ts';
import { Ltr } from '../../ui/ltr.tsx';
import classes from './key.module.css';
import { useRateWords } from './rate-words.ts';

export function KeySettings({ apiKey }: { readonly apiKey: Key }) {
  const { t } = useTranslation(['key', 'keys']);
  const describeRate = useRateWords();
  const words = useWords();
  const { org, api } = useApiScope();
  const { fields } = api;
  const { addresses, referrers, endpoints, scopes, rateLimits, grantedLimits, tags, externalId } = apiKey;
  const metadata = toEntries(apiKey.metadata);
  const isAnnotated = tags.length > 0 || metadata.length > 0 || externalId !== null;
  const isBlocked = fields.addresses.emptyMeans === 'deny';
  const limits = rateLimits.length === 0 ? (grantedLimits ?? fields.rate.default) : rateLimits;
  const isOpen = !fields.addresses.offered && !fields.referrers.offered && !fields.endpoints.offered;
  const hasNone = isOpen && !fields.scopes.offered && scopes.length === 0 && limits.length === 0 && !isAnnotated;
  return (
    <Paper component="section" p="lg" className={classes.section}>
      <Title order={2} mb="md">
        {t('settings.title')}
      </Title>
      {hasNone && <Text c="dimmed">{t('settings.none')}</Text>}
      <dl className={classes.settings} hidden={hasNone}>
        {fields.addresses.offered && (
          <Setting label={words.addressesLabel ?? t('keys:fields.addresses')}>
            <Entries
              entries={addresses}
              empty={
                <Badge color={isBlocked ? 'red' : 'gray'} variant="light" className={classes.badge}>
                  {isBlocked ? (words.addressesEmpty ?? t('keys:notes.blocked')) : t('keys:addresses.any')}
                </Badge>
              }
            />
            {apiKey.addressCheck === 'report' && addresses.length > 0 && (
              <div className={classes.detail}>{t('addresses.open')}</div>
            )}
          </Setting>
        )}
        {fields.referrers.offered && (
          <Setting label={t('keys:fields.referrers')}>
            <Entries entries={referrers} empty={t('settings.anyReferrer')} />
          </Setting>
        )}
        {fields.endpoints.offered && (
          <Setting label={t('keys:fields.endpoints')}>
            <Entries entries={endpoints} empty={t('settings.anyEndpoint')} />
          </Setting>
        )}
        {(fields.scopes.offered || scopes.length > 0) && (
          <Setting label={t('keys:fields.scopes')}>
            <Entries entries={scopes} empty={t('settings.noScope')} />
          </Setting>
        )}
        {limits.length > 0 && (
          <Setting label={t('keys:fields.rateLimits')}>
            {limits.map((limit) => (
              <div key={limit}>{describeRate(limit)}</div>
            ))}
            <div className={classes.detail}>{t(`settings.${fields.rate.windows}`)}</div>
            {rateLimits.length === 0 && grantedLimits === null && (
              <div className={classes.detail}>
                {t(org.grantedLimits[api.id] === undefined ? 'settings.limitOfApi' : 'settings.limitOfOrg')}
              </div>
            )}
          </Setting>
        )}
        {tags.length > 0 && (
          <Setting label={t('keys:fields.tags')}>
            <Entries entries={tags} empty={null} />
          </Setting>
        )}
        {metadata.length > 0 && (
          <Setting label={t('keys:fields.metadata')}>
            <Entries entries={metadata} empty={null} />
          </Setting>
        )}
        {externalId !== null && (
          <Setting label={t('keys:fields.externalId')}>
            <Ltr mono>{externalId}</Ltr>
          </Setting>
        )}
      </dl>
    </Paper>
  );
}

function Setting({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Entries({ entries, empty }: { readonly entries: readonly string[]; readonly empty: ReactNode }) {
  if (entries.length === 0) return empty;
  return (
    <ul className={classes.entries}>
      {entries.map((entry) => (
        <li key={entry}>
          <Ltr mono>{entry}</Ltr>
        </li>
      ))}
    </ul>
  );
}
