// What a key says of itself beside its name: tags, metadata and external id.
import { TextInput } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useApiScope } from '../../scope.ts';
import { readEntry, settableMetadata } from './key-values.ts';
import { TagsField } from './tags-field.tsx';

interface ListFieldProps {
  readonly value: string[];
  readonly onChange: (value: string[]) => void;
  readonly error?: string | undefined;
  /** Default: of a key. */
  readonly hint?: string;
}

const mostEntries = 20;

export function LabelsField({ value, onChange, error, hint }: ListFieldProps) {
  const { t } = useTranslation('keys');
  const id = useId();
  return (
    <TagsField
      id={id}
      label={t('fields.tags')}
      description={hint ?? t('hints.tags')}
      placeholder="billing"
      value={value}
      onChange={onChange}
      split={(text) => text.split(/[\n,،;]+/).flatMap((tag) => tag.trim().toLowerCase() || [])}
      separator={/[\n,،;]/}
      max={mostEntries}
      {...(error !== undefined && { error })}
    />
  );
}

/** Metadata as `name=value`. Members see it only if they may set some. */
export function MetadataField({ value, onChange, error }: ListFieldProps) {
  const { t } = useTranslation('keys');
  const { api, session } = useApiScope();
  const settable = settableMetadata(api, session.person.isOperator);
  if (settable !== 'any' && settable.length === 0) return null;
  const names = settable === 'any' ? '' : ` ${t('hints.metadataNames', { names: settable.join(', ') })}`;
  return <EntriesField {...{ value, onChange, error }} hint={`${t('hints.metadata')}${names}`} />;
}

/** Metadata as `name=value`, with any name. */
export function EntriesField({ value, onChange, error, hint }: ListFieldProps) {
  const { t } = useTranslation('keys');
  const id = useId();
  return (
    <TagsField
      id={id}
      label={t('fields.metadata')}
      description={hint ?? t('hints.metadata')}
      placeholder="plan=gold"
      value={value}
      onChange={onChange}
      // A value may contain commas and spaces.
      split={(text) => text.split('\n').flatMap((entry) => entry.trim() || [])}
      separator={/\n/}
      markOf={(entry) => (readEntry(entry) === undefined ? 'wrong' : undefined)}
      max={mostEntries}
      {...(error !== undefined && { error })}
    />
  );
}

interface TextFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string | undefined;
  /** Default: of a key. */
  readonly hint?: string;
}

/** For operators. */
export function ExternalIdField({ value, onChange, error, hint }: TextFieldProps) {
  const { t } = useTranslation('keys');
  return (
    <TextInput
      label={t('fields.externalId')}
      description={hint ?? t('hints.externalId')}
      dir="ltr"
      maxLength={128}
      autoComplete="off"
      spellCheck={false}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      {...(error !== undefined && { error })}
    />
  );
}
