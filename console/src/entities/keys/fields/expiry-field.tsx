// When a key expires: usual spans, a chosen day, or never. Never is not the default.
import { Chip, Group, Input, Text, TextInput } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../../ui/formats.ts';
import { useNow } from '../../../ui/use-now.ts';
import { useApiScope } from '../../scope.ts';
import { type ExpiryChoice, expiryChoices, expiryOf, type KeyValues } from './key-values.ts';

type Expiry = Pick<KeyValues, 'expiry' | 'expiryDate'>;

interface ExpiryFieldProps {
  readonly value: Expiry;
  readonly onChange: (value: Expiry) => void;
  readonly error?: string | undefined;
}

export function ExpiryField({ value, onChange, error }: ExpiryFieldProps) {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const formats = useFormats();
  const nowMs = useNow();
  const labelId = useId();
  const noteId = useId();
  const expiresAt = expiryOf(value, api, nowMs);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div role="radiogroup" aria-labelledby={labelId} aria-describedby={noteId}>
      <Input.Label id={labelId} component="div">
        {t('fields.expiry')}
      </Input.Label>
      <Chip.Group value={value.expiry} onChange={(chosen) => onChange({ ...value, expiry: chosen as ExpiryChoice })}>
        <Group gap={6} mt={4}>
          {expiryChoices(api).map((choice) => (
            <Chip key={choice} value={choice} size="sm" variant="light" radius="md">
              {choice === 'custom' || choice === 'never'
                ? t(`expiry.choices.${choice}`)
                : t('expiry.choices.days', { count: Number(choice) })}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {value.expiry === 'custom' && (
        <TextInput
          type="date"
          dir="ltr"
          mt="xs"
          maw={200}
          aria-label={t('expiry.date')}
          min={new Date(nowMs).toISOString().slice(0, 10)}
          value={value.expiryDate}
          onChange={({ currentTarget }) => onChange({ ...value, expiryDate: currentTarget.value })}
          {...(error !== undefined && { error })}
        />
      )}
      <Text id={noteId} size="sm" c={value.expiry === 'never' ? 'var(--sandbox-text)' : 'dimmed'} mt={6}>
        {value.expiry === 'never' && t('expiry.neverRisk')}
        {typeof expiresAt === 'string' && t('expiry.until', { at: formats.dateTime(expiresAt), zone })}
      </Text>
      {value.expiry !== 'custom' && error !== undefined && <Input.Error mt={4}>{error}</Input.Error>}
    </div>
  );
}
