// The filters and the order of the list of keys.
import { Group, NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useWords } from '../../../entities/keys/words.ts';
import { useApiScope } from '../../../entities/scope.ts';
import { ChoiceFilter } from '../../../ui/choice-filter.tsx';
import { type KeysSearch, sorts, type View, views } from './list-search.ts';
import { type Pasted, SearchBox } from './search-box.tsx';
import classes from './toolbar.module.css';

interface ToolbarProps {
  readonly search: KeysSearch;
  readonly onChange: (change: Partial<Record<'q' | 'show' | 'sort' | 'order', string | undefined>>) => void;
  readonly pasted: Pasted | undefined;
  readonly onPasted: (pasted: Pasted | undefined) => void;
}

export function Toolbar({ search, onChange, pasted, onPasted }: ToolbarProps) {
  const { t } = useTranslation('keys');
  const words = useWords();
  const { actions, fields, rotateAfterDays } = useApiScope().api;
  const offered = views.filter(
    (view) =>
      (view !== 'disabled' || actions.disable) &&
      (view !== 'rotation' || rotateAfterDays !== null) &&
      (view !== 'blocked' || fields.addresses.emptyMeans === 'deny') &&
      ((view !== 'expired' && view !== 'expiring14') || fields.expiry.offered),
  );
  const nameOf = (view: View) => (view === 'revoked' ? t(`views.revoked.${actions.revokeWord}`) : t(`views.${view}`));
  const sortsOffered = sorts.filter((sort) => sort !== 'expires' || fields.expiry.offered);
  return (
    <Group gap="sm" mb="md" align="flex-start">
      <SearchBox q={search.q} onSearch={(q) => onChange({ q })} pasted={pasted} onPasted={onPasted} />
      <ChoiceFilter
        label={t('list.show')}
        any={t('views.all')}
        className={classes.choice}
        choices={offered.map((view) => ({ value: view, label: nameOf(view) }))}
        value={search.show}
        onChange={(show) => onChange({ show })}
      />
      <NativeSelect
        aria-label={t('list.sort')}
        className={classes.sort}
        value={search.sort ?? 'created'}
        data={sortsOffered.map((sort) => ({
          value: sort,
          label: sort === 'name' ? (words.nameLabel ?? t('sorts.name')) : t(`sorts.${sort}`),
        }))}
        onChange={({ currentTarget: { value } }) =>
          onChange({ sort: value === 'created' ? undefined : value, order: undefined })
        }
      />
    </Group>
  );
}
