// What a change would cut off: known uses, and what can't be known.
import { Alert, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { useFormats } from '../../../ui/formats.ts';
import { Ltr } from '../../../ui/ltr.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { useApiScope } from '../../scope.ts';
import { useWords } from '../words.ts';
import { useFieldLabels } from './field-labels.ts';
import type { Impact, KeyUpdate } from './key-api.ts';
import { sayAgo } from './key-words.ts';

const narrowing = ['addresses', 'scopes', 'endpoints', 'referrers'] as const;

/** Whether the change cuts off no client for certain. A change that touches no list narrows nothing. */
export function isHarmless({ cutsOff, unknown }: Impact, changes: KeyUpdate): boolean {
  return !narrowing.some((field) => field in changes) || (cutsOff === 'nobody' && unknown.length === 0);
}

interface ImpactReviewProps {
  readonly impact: Impact;
  readonly changes: KeyUpdate;
}

export function ImpactReview({ impact, changes }: ImpactReviewProps) {
  const { t } = useTranslation('key');
  const { api } = useApiScope();
  const words = useWords();
  const labelOf = useFieldLabels();
  const { cutsOff, unknown, removed, requests } = impact;
  const isEmptied = changes.addresses?.length === 0 && api.fields.addresses.emptyMeans === 'deny';
  const { allowed } = requests.lastDay;
  return (
    <Stack gap="md">
      <Alert
        color={cutsOff === 'nobody' ? 'yellow' : 'red'}
        icon={<IconAlertTriangle size={18} aria-hidden />}
        title={t(`impact.${cutsOff}`)}
      >
        <Stack gap={6}>
          {isEmptied && <span>{t('impact.emptied', { blocked: words.addressesEmpty ?? t('impact.allBlocked') })}</span>}
          {usesCutOff(impact).map((use) => (
            <CutOff key={`${use.of} ${use.address}`} use={use} />
          ))}
          <span>{allowed === 0 ? t('impact.noRequests') : t('impact.requests', { count: allowed })}</span>
        </Stack>
      </Alert>
      {narrowing
        .filter((field) => removed[field].length > 0)
        .map((field) => (
          <Part key={field} title={t('impact.takenOff', { field: labelOf(field) })}>
            <List size="sm" listStyleType="disc">
              {removed[field].map((entry) => (
                <List.Item key={entry}>
                  <Ltr mono>{entry}</Ltr>
                </List.Item>
              ))}
            </List>
          </Part>
        ))}
      {unknown.length > 0 && (
        <Part title={t('impact.notKnown')}>
          {unknown.map((each) => (
            <Text key={each} size="sm" c="dimmed">
              {t(`impact.unknown.${each}`)}
            </Text>
          ))}
        </Part>
      )}
    </Stack>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text fw={600} size="sm" mb={4}>
        {title}
      </Text>
      {children}
    </div>
  );
}

type Use = Impact['uses'][number];

/** Leaves out duplicates: the last use of the key may also be a use of a superseded secret. */
function usesCutOff({ uses }: Pick<Impact, 'uses'>): readonly Use[] {
  const old = uses.filter(({ of }) => of === 'superseded_secret');
  return uses.filter((use) => use.isCutOff && (use.of !== 'key' || !old.some(({ at }) => at === use.at)));
}

function CutOff({ use: { address, at, of } }: { readonly use: Use }) {
  const { t } = useTranslation('key');
  const formats = useFormats();
  const when = sayAgo(formats, at, useNow());
  const isOld = of === 'superseded_secret';
  return (
    <span>
      {address === null ? (
        t(isOld ? 'impact.someoneByOld' : 'impact.someone', { when })
      ) : (
        <Trans
          t={t}
          i18nKey={isOld ? 'impact.addressByOld' : 'impact.address'}
          values={{ address, when }}
          components={{ b: <strong /> }}
        />
      )}
    </span>
  );
}
