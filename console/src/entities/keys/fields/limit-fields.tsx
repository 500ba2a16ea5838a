// Further limits of a key: scopes, endpoints, websites and rates. The API decides which are offered.
import { Checkbox, Stack } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Ltr } from '../../../ui/ltr.tsx';
import { useApiScope } from '../../scope.ts';
import { TagsField } from './tags-field.tsx';

interface ListFieldProps {
  readonly value: string[];
  readonly onChange: (value: string[]) => void;
  readonly error?: string | undefined;
}

const maxRateLimits = 5;

/** Offers every scope that an endpoint requires. None is chosen by default. */
export function ScopesField({ value, onChange, error }: ListFieldProps) {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const { known } = api.fields.scopes;
  const all = [...new Set([...known, ...value])];
  return (
    <Checkbox.Group
      label={t('fields.scopes')}
      description={t('hints.scopes')}
      value={value}
      onChange={onChange}
      {...(error !== undefined && { error })}
    >
      <Stack gap={6} my="xs">
        {all.map((scope) => (
          <Checkbox key={scope} value={scope} label={<Ltr mono>{scope}</Ltr>} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

export function EndpointsField({ value, onChange, error }: ListFieldProps) {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const id = useId();
  return (
    <TagsField
      id={id}
      label={t('fields.endpoints')}
      description={t('hints.endpoints')}
      placeholder={`${api.sample.method} ${api.sample.path}`}
      value={value}
      onChange={onChange}
      split={splitLines}
      separator={/[\n,،;]/}
      max={api.fields.endpoints.max}
      {...(error !== undefined && { error })}
    />
  );
}

export function ReferrersField({ value, onChange, error }: ListFieldProps) {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const id = useId();
  return (
    <TagsField
      id={id}
      label={t('fields.referrers')}
      description={t('hints.referrers')}
      placeholder="*.example.com"
      value={value}
      onChange={onChange}
      split={splitWords}
      separator={/[\s,،;]/}
      max={api.fields.referrers.max}
      {...(error !== undefined && { error })}
    />
  );
}

export function RateLimitsField({ value, onChange, error }: ListFieldProps) {
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const id = useId();
  const usual = api.fields.rate.default;
  return (
    <TagsField
      id={id}
      label={t('fields.rateLimits')}
      description={
        usual.length === 0
          ? t('hints.rateLimits')
          : `${t('hints.rateLimits')} ${t('hints.rateDefault', { limits: usual.join(', ') })}`
      }
      placeholder="60/m"
      value={value}
      onChange={onChange}
      split={splitWords}
      separator={/[\s,،;]/}
      max={maxRateLimits}
      {...(error !== undefined && { error })}
    />
  );
}

/** An endpoint has a space between its method and its path, so spaces do not split. */
function splitLines(text: string): readonly string[] {
  return text
    .split(/[\n,،;]+/)
    .map((entry) => entry.trim().replace(/^[a-z]+(?= )/, (method) => method.toUpperCase()))
    .filter((entry) => entry !== '');
}

function splitWords(text: string): readonly string[] {
  return text.split(/[\s,،;]+/).filter((entry) => entry !== '');
}
