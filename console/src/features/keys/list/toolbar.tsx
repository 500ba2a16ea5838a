// What narrows and orders the list of keys.
import { Group, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../../api/config.ts';
import { useWords } from '../../../components/keys/words.ts';
import { type KeysSearch, type Sort, sorts, type View, views } from './list-search.ts';
import { type Pasted, SearchBox } from './search-box.tsx';
import classes from './toolbar.module.css';

interface ToolbarProps {
  readonly api: ConsoleApi;
  readonly apis: readonly ConsoleApi[];
  readonly search: KeysSearch;
  readonly onChange: (change: Partial<Record<'q' | 'show' | 'sort' | 'order', string | undefined>>) => void;
  readonly pasted: Pasted | undefined;
  readonly onPasted: (pasted: Pasted | undefined) => void;
}

const everything = 'all';

export function Toolbar({ api, apis, search, onChange, pasted, onPasted }: ToolbarProps) {
  const { t } = useTranslation('keys');
  const words = useWords(api);
  const { actions, fields } = api;
  const offered = views.filter(
    (view) =>
      (view !== 'disabled' || actions.disable) &&
      ((view !== 'expired' && view !== 'expiring14') || fields.expiry.offered),
  );
  const nameOf = (view: View) => (view === 'revoked' ? t(`views.revoked.${actions.revokeWord}`) : t(`views.${view}`));
  const sortsOffered = sorts.filter((sort) => sort !== 'expires' || fields.expiry.offered);
  return (
    <Group gap="sm" mb="md" align="flex-start">
      <SearchBox apis={apis} q={search.q} onSearch={(q) => onChange({ q })} pasted={pasted} onPasted={onPasted} />
      <Select
        aria-label={t('list.show')}
        className={classes.choice}
        allowDeselect={false}
        value={search.show ?? everything}
        data={[
          { value: everything, label: t('views.all') },
          ...offered.map((view) => ({ value: view, label: nameOf(view) })),
        ]}
        onChange={(show) => onChange({ show: show === everything || show === null ? undefined : show })}
      />
      <Select
        aria-label={t('list.sort')}
        className={classes.sort}
        allowDeselect={false}
        value={search.sort ?? 'created'}
        data={sortsOffered.map((sort) => ({
          value: sort,
          label: sort === 'name' ? (words.nameLabel ?? t('sorts.name')) : t(`sorts.${sort}`),
        }))}
        onChange={(sort) =>
          onChange({ sort: (sort as Sort) === 'created' ? undefined : (sort ?? undefined), order: undefined })
        }
      />
    </Group>
  );
}
