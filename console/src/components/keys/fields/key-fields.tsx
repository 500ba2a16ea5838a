// The fields of a key, as its API has them: the same where a key is made and where it is edited.
import { Button, Collapse, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../../api/config.ts';
import { useEnvironmentName, wordsOf } from '../words.ts';
import { AddressesField } from './addresses-field.tsx';
import type { KeyFaults } from './check-values.ts';
import { ExpiryField } from './expiry-field.tsx';
import classes from './key-fields.module.css';
import type { KeyValues } from './key-values.ts';
import { EndpointsField, RateLimitsField, ReferrersField, ScopesField } from './limit-fields.tsx';

interface KeyFieldsProps {
  readonly org: string;
  readonly api: ConsoleApi;
  readonly values: KeyValues;
  readonly onChange: (change: Partial<KeyValues>) => void;
  readonly faults: KeyFaults;
  /** An environment is chosen once, when the key is made. */
  readonly hasEnvironment?: boolean;
  /** Under the name: that another key is called so. */
  readonly nameNote?: ReactNode;
}

export function KeyFields(props: KeyFieldsProps) {
  const { org, api, values, onChange, faults, hasEnvironment = false, nameNote } = props;
  const { t, i18n } = useTranslation('keys');
  const words = wordsOf(api, i18n.language);
  const environmentName = useEnvironmentName(api);
  const environmentId = useId();
  const { fields } = api;
  return (
    <Stack gap="md">
      <TextInput
        label={words.nameLabel ?? t('fields.name')}
        {...(words.nameHint !== undefined && { description: words.nameHint })}
        placeholder={words.nameExample ?? t('placeholders.name')}
        required={fields.name.required}
        withAsterisk={false}
        maxLength={fields.name.max}
        autoComplete="off"
        data-autofocus
        dir="auto"
        value={values.name}
        onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
        {...(faults.name !== undefined && { error: faults.name })}
      />
      {nameNote}
      {hasEnvironment && api.environments.length > 1 && (
        <div>
          <Text id={environmentId} size="sm" fw={500} mb={4}>
            {t('fields.environment')}
          </Text>
          <SegmentedControl
            aria-labelledby={environmentId}
            value={values.environment}
            onChange={(environment) => onChange({ environment: environment as KeyValues['environment'] })}
            data={api.environments.map((value) => ({ value, label: environmentName(value) }))}
          />
        </div>
      )}
      {fields.addresses.offered && (
        <AddressesField
          org={org}
          api={api}
          value={values.addresses}
          onChange={(addresses) => onChange({ addresses })}
          error={faults.addresses}
        />
      )}
      {fields.scopes.offered && (
        <ScopesField
          api={api}
          value={values.scopes}
          onChange={(scopes) => onChange({ scopes })}
          error={faults.scopes}
        />
      )}
      {fields.expiry.offered && <ExpiryField api={api} value={values} onChange={onChange} error={faults.expiry} />}
      <MoreLimits api={api} values={values} onChange={onChange} faults={faults} />
    </Stack>
  );
}

function MoreLimits({ api, values, onChange, faults }: Pick<KeyFieldsProps, 'api' | 'values' | 'onChange' | 'faults'>) {
  const { t } = useTranslation('keys');
  const id = useId();
  const { fields } = api;
  const hasFault = [faults.endpoints, faults.referrers, faults.rateLimits].some((fault) => fault !== undefined);
  const isUsed = [values.endpoints, values.referrers, values.rateLimits].some((list) => list.length > 0);
  const [isOpen, setOpen] = useState(isUsed);
  const isShown = isOpen || hasFault;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        aria-expanded={isShown}
        aria-controls={id}
        onClick={() => setOpen(!isShown)}
        leftSection={
          <IconChevronDown size={16} aria-hidden className={classes.chevron} data-open={isShown || undefined} />
        }
      >
        {t('fields.more')}
      </Button>
      <Collapse expanded={isShown} id={id}>
        <Stack gap="md" pt="sm">
          {fields.endpoints.offered && (
            <EndpointsField
              api={api}
              value={values.endpoints}
              onChange={(endpoints) => onChange({ endpoints })}
              error={faults.endpoints}
            />
          )}
          {fields.referrers.offered && (
            <ReferrersField
              api={api}
              value={values.referrers}
              onChange={(referrers) => onChange({ referrers })}
              error={faults.referrers}
            />
          )}
          <RateLimitsField
            api={api}
            value={values.rateLimits}
            onChange={(rateLimits) => onChange({ rateLimits })}
            error={faults.rateLimits}
          />
        </Stack>
      </Collapse>
    </div>
  );
}
