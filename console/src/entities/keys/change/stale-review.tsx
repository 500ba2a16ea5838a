// Compares the key, which someone else has changed, with the reader's edit.
import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../../ui/formats.ts';
import { Ltr, Name } from '../../../ui/ltr.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { toEntries } from '../fields/key-values.ts';
import classes from './change.module.css';
import { type ChangedField, differingFields, mergeMetadata } from './changes.ts';
import { useFieldLabels } from './field-labels.ts';
import type { Key, KeyUpdate } from './key-api.ts';
import { sayAgo } from './key-words.ts';

interface StaleReviewProps {
  /** The key when the form opened. */
  readonly opened: Key;
  readonly current: Key;
  /** The reader's edit. */
  readonly changes: KeyUpdate;
}

export function StaleReview({ opened, current, changes }: StaleReviewProps) {
  const { t } = useTranslation('key');
  const formats = useFormats();
  const nowMs = useNow();
  const labelOf = useFieldLabels();
  const wanted = { ...current, ...changes, metadata: mergeMetadata(current.metadata, changes.metadata) };
  return (
    <>
      <Text>{t('stale.text', { when: sayAgo(formats, current.updatedAt, nowMs) })}</Text>
      {current.status !== opened.status && <Text c="red">{t(`stale.status.${current.status}`)}</Text>}
      <Table className={classes.versions} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('stale.field')}</Table.Th>
            <Table.Th scope="col">{t('stale.now')}</Table.Th>
            <Table.Th scope="col">{t('stale.yours')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differingFields(changes, opened, current).map((field) => (
            <Table.Tr key={field}>
              <Table.Th scope="row">{labelOf(field)}</Table.Th>
              <Table.Td>
                <Value version={current} field={field} />
              </Table.Td>
              <Table.Td data-wanted={field in changes || undefined}>
                {field in changes ? (
                  <Value version={wanted} field={field} />
                ) : (
                  <Text c="dimmed">{t('stale.kept')}</Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed">
        {t('stale.choice')}
      </Text>
    </>
  );
}

type Versioned = Pick<Key, ChangedField>;

function Value({ version, field }: { readonly version: Versioned; readonly field: ChangedField }) {
  const { t } = useTranslation('key');
  const formats = useFormats();
  if (field === 'name') return <Name>{version.name}</Name>;
  if (field === 'expiresAt')
    return version.expiresAt === null ? t('facts.neverExpires') : formats.dateTime(version.expiresAt);
  if (field === 'externalId') {
    if (version.externalId === null) return <Text c="dimmed">{t('stale.empty')}</Text>;
    return <Ltr mono>{version.externalId}</Ltr>;
  }
  const entries = field === 'metadata' ? toEntries(version.metadata) : version[field];
  if (entries.length === 0) return <Text c="dimmed">{t('stale.empty')}</Text>;
  return entries.map((entry) => (
    <div key={entry}>
      <Ltr mono>{entry}</Ltr>
    </div>
  ));
}
