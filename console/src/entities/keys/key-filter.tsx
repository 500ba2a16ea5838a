// Filters a page by key. The reader finds the key by typing.
import { Skeleton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import { useLate } from '../../ui/late.ts';
import { layers } from '../../ui/layers.ts';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { useSecretNotice } from '../../ui/use-secret-notice.ts';
import { useOrgScope } from '../scope.ts';

interface KeyFilterProps {
  /** The id of the key. `undefined`: all keys. */
  readonly value: string | undefined;
  readonly onChange: (key: string | undefined) => void;
  /** Offers the keys of every API and environment. Default: those of the page's. */
  readonly isOfAll?: boolean;
}

const keysOffered = 20;
const typingMs = 200;

export function KeyFilter({ value, onChange, isOfAll = false }: KeyFilterProps) {
  const { t } = useTranslation('usage');
  const { org, api: shownApi, environment } = useOrgScope();
  const scope = isOfAll ? {} : { ...(shownApi && { api: shownApi.id }), environment };
  const [typed, setTyped] = useState('');
  const { notice, isSecret } = useSecretNotice();
  const [q] = useDebouncedValue(typed.trim(), typingMs);
  const chosen = useQuery({
    queryKey: ['org', org.id, 'keys', 'one', value],
    queryFn: () => unwrap(api.GET('/api/orgs/{org}/keys/{id}', { params: { path: { org: org.id, id: value ?? '' } } })),
    enabled: value !== undefined,
  });
  const found = useQuery({
    queryKey: ['org', org.id, 'keys', 'offered', scope, q === chosen.data?.name ? '' : q],
    queryFn: ({ queryKey }) =>
      unwrap(
        api.GET('/api/orgs/{org}/keys', {
          params: {
            path: { org: org.id },
            query: {
              ...scope,
              limit: keysOffered,
              sort: 'last_used',
              ...(queryKey[5] !== '' && { q: String(queryKey[5]) }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const keys = new Map((found.data?.data ?? []).map((key) => [key.id, key]));
  if (chosen.data !== undefined && value !== undefined)
    keys.set(value, { ...chosen.data, overlaps: [], daily: emptyUse });
  else if (value !== undefined) keys.delete(value);
  const data = [...keys.values()].map(({ id, name, masked }) => ({ value: id, label: name === '' ? masked : name }));
  if (value !== undefined && !keys.has(value)) data.unshift({ value, label: t('key.gone') });

  const width = { base: '100%', xs: 260 };
  const loaded = useLate(layers, true);
  if (loaded === undefined) return <Skeleton h={36} w={width} />;
  return (
    <loaded.Select
      aria-label={t('key.label')}
      placeholder={t('key.any')}
      w={width}
      // The list covers the space below the box, so the notice appears in the list.
      data={notice === undefined ? data : [{ value: 'secret', label: notice, disabled: true }]}
      value={value ?? null}
      onChange={(chosenId) => onChange(chosenId ?? undefined)}
      searchable
      onSearchChange={(text) => setTyped(isSecret(text) ? '' : text)}
      error={notice !== undefined}
      // The server has filtered already.
      filter={({ options }) => options}
      nothingFoundMessage={t('key.none')}
      clearable
      clearButtonProps={{ 'aria-label': t('key.any') }}
      maxDropdownHeight={320}
      renderOption={({ option }) => {
        const key = keys.get(option.value);
        return (
          <span>
            <Name>{option.label}</Name>{' '}
            <small>
              <Ltr mono>{key?.masked ?? ''}</Ltr>
            </small>
          </span>
        );
      }}
    />
  );
}

const emptyUse = { allowed: [], refused: [] };
