// The addresses from which a key works, by the API's rules, with suggestions.
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Ltr } from '../../../ui/ltr.tsx';
import { useApiScope } from '../../scope.ts';
import { clientAddressQuery, refusedAddressesQuery } from '../api/suggest-addresses.ts';
import { useWords } from '../words.ts';
import { findAddressFault, isPrivateAddress, type ShownMode, splitAddresses } from './address-entry.ts';
import { TagsField } from './tags-field.tsx';

interface AddressesFieldProps {
  readonly value: string[];
  readonly onChange: (value: string[]) => void;
  /** A fault that the form or the server found. */
  readonly error?: string | undefined;
}

const suggestionsShown = 3;

export function AddressesField({ value, onChange, error }: AddressesFieldProps) {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const id = useId();
  const { mode, emptyMeans, max, separator, required } = api.fields.addresses;
  const words = useWords();
  const shownMode = mode ?? 'exact46';
  const wrong = value.flatMap((entry) => {
    const fault = findAddressFault(entry, shownMode);
    return fault === undefined ? [] : [t(`faults.address.${fault}`, { entry })];
  });
  const doubtful = value.filter((entry) => isPrivateAddress(entry) && findAddressFault(entry, shownMode) === undefined);
  const add = (address: string) => onChange([...value, address]);
  const isBlocked = value.length === 0 && emptyMeans === 'deny';
  const shownError = wrong.length > 0 ? wrong.join(' ') : error;

  return (
    <Stack gap={6}>
      <TagsField
        id={id}
        label={words.addressesLabel ?? t('fields.addresses')}
        description={
          words.addressesHint ?? [t(`hints.addresses.${shownMode}`), t(`hints.separator.${separator}`)].join(' ')
        }
        placeholder={separator === 'comma' ? '203.0.113.7, 203.0.113.8' : '203.0.113.7'}
        value={value}
        onChange={onChange}
        split={splitAddresses}
        separator={/[\s,،;؛]/}
        markOf={(entry) => markOf(entry, shownMode)}
        max={max}
        {...(shownError !== undefined && { error: shownError })}
      />
      <Suggestions value={value} mode={shownMode} onAdd={add} />
      {doubtful.length > 0 && (
        <Text size="sm" c="var(--sandbox-text)">
          {t('notes.privateAddress', { count: doubtful.length, address: doubtful[0] })}
        </Text>
      )}
      {isBlocked && (
        <Alert color="yellow" variant="light" role="status" icon={<IconAlertTriangle size={18} aria-hidden />} p="sm">
          <Text fw={600}>{words.addressesEmpty ?? t('notes.blocked')}</Text>
          <Text size="sm">{required ? t('notes.addressRequired') : t('notes.blockedUntil')}</Text>
        </Alert>
      )}
      {value.length === 0 && emptyMeans === 'allow' && (
        <Text size="sm" c="dimmed">
          {words.addressesEmpty ?? t('notes.anyAddress')}
        </Text>
      )}
    </Stack>
  );
}

function markOf(entry: string, mode: ShownMode) {
  if (findAddressFault(entry, mode) !== undefined) return 'wrong';
  return isPrivateAddress(entry) ? 'doubtful' : undefined;
}

interface SuggestionsProps {
  readonly value: readonly string[];
  readonly mode: ShownMode;
  readonly onAdd: (address: string) => void;
}

/** Suggests the reader's own address and those refused lately. */
function Suggestions({ value, mode, onAdd }: SuggestionsProps) {
  const { t } = useTranslation('keys');
  const { org, api } = useApiScope();
  const { data: own } = useQuery(clientAddressQuery);
  const { data: refused = [] } = useQuery(refusedAddressesQuery(org.id, api.id));
  const isNew = (address: string) => !value.includes(address) && findAddressFault(address, mode) === undefined;
  const others = refused.filter((address) => isNew(address) && address !== own).slice(0, suggestionsShown);
  const hasOwn = own !== undefined && own !== null && isNew(own);
  if (!hasOwn && others.length === 0) return null;
  return (
    <Stack gap={4}>
      {hasOwn && (
        <Group gap={6}>
          <Suggestion label={t('suggest.own')} address={own} onAdd={onAdd} />
          <Text size="xs" c="dimmed">
            {t('suggest.ownNote')}
          </Text>
        </Group>
      )}
      {others.length > 0 && (
        <Group gap={6}>
          <Text size="xs" c="dimmed">
            {t('suggest.refused')}
          </Text>
          {others.map((address) => (
            <Suggestion key={address} address={address} onAdd={onAdd} />
          ))}
        </Group>
      )}
    </Stack>
  );
}

interface SuggestionProps {
  readonly label?: string;
  readonly address: string;
  readonly onAdd: (address: string) => void;
}

function Suggestion({ label, address, onAdd }: SuggestionProps) {
  const { t } = useTranslation('keys');
  return (
    <Button
      size="compact-sm"
      variant="light"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => onAdd(address)}
      {...(label === undefined && { 'aria-label': t('suggest.add', { address }) })}
    >
      {label !== undefined && <>{label}&nbsp;</>}
      <Ltr mono>{address}</Ltr>
    </Button>
  );
}
