// The fields of a key, as its API offers them. Creating and editing use the same ones.
import { Button, Collapse, Input, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApiScope } from '../../scope.ts';
import { useEnvironmentName, useWords } from '../words.ts';
import { AddressesField } from './addresses-field.tsx';
import { ExternalIdField, LabelsField, MetadataField } from './annotation-fields.tsx';
import { ExpiryField } from './expiry-field.tsx';
import classes from './key-fields.module.css';
import type { KeyValues } from './key-values.ts';
import { EndpointsField, RateLimitsField, ReferrersField, ScopesField } from './limit-fields.tsx';
import type { KeyForm } from './use-key-form.ts';

interface KeyFieldsProps {
  readonly form: KeyForm;
  /** Whether the environment can be chosen: only for a new key. */
  readonly hasEnvironment?: boolean;
  /** Shown under the name: another key has it. */
  readonly nameNote?: ReactNode;
  /** The fields that the edit changes. They are marked. */
  readonly changed?: readonly (keyof KeyValues)[];
}

/** A field. The mark says that the edit changes it, and a text below the form says so in words. */
function Field({ isChanged, children }: { readonly isChanged: boolean; readonly children: ReactNode }) {
  return (
    <div className={classes.field} data-changed={isChanged || undefined}>
      {children}
    </div>
  );
}

export function KeyFields(props: KeyFieldsProps) {
  const { form, hasEnvironment = false, nameNote, changed = [] } = props;
  const { values, change: onChange, faults } = form;
  const isChanged = (field: keyof KeyValues) => changed.includes(field);
  const { t } = useTranslation('keys');
  const { api } = useApiScope();
  const words = useWords();
  const environmentName = useEnvironmentName(api);
  const environmentId = useId();
  const { fields } = api;
  return (
    <Stack gap="md">
      <Field isChanged={isChanged('name')}>
        <TextInput
          label={words.nameLabel ?? t('fields.name')}
          {...(words.nameHint !== undefined && { description: words.nameHint })}
          placeholder={words.nameExample ?? t('placeholders.name')}
          required={fields.name.required}
          withAsterisk={false}
          maxLength={fields.name.max}
          autoComplete="off"
          data-autofocus
          classNames={{ input: classes.name }}
          value={values.name}
          onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
          {...(faults.name !== undefined && { error: faults.name })}
        />
      </Field>
      {nameNote}
      {hasEnvironment && api.environments.length > 1 && (
        <div>
          <Input.Label id={environmentId} component="div" display="block" mb={4}>
            {t('fields.environment')}
          </Input.Label>
          <SegmentedControl
            aria-labelledby={environmentId}
            value={values.environment}
            onChange={(environment) => onChange({ environment: environment as KeyValues['environment'] })}
            data={api.environments.map((value) => ({ value, label: environmentName(value) }))}
          />
        </div>
      )}
      {fields.addresses.offered && (
        <Field isChanged={isChanged('addresses')}>
          <AddressesField
            value={values.addresses}
            onChange={(addresses) => onChange({ addresses })}
            error={faults.addresses}
          />
        </Field>
      )}
      {fields.scopes.offered && (
        <Field isChanged={isChanged('scopes')}>
          <ScopesField value={values.scopes} onChange={(scopes) => onChange({ scopes })} error={faults.scopes} />
        </Field>
      )}
      {fields.expiry.offered && (
        <Field isChanged={isChanged('expiry')}>
          <ExpiryField value={values} onChange={onChange} error={faults.expiry} />
        </Field>
      )}
      <MoreLimits form={form} changed={changed} />
    </Stack>
  );
}

function MoreLimits({ form, changed }: Required<Pick<KeyFieldsProps, 'form' | 'changed'>>) {
  const { values, change: onChange, faults } = form;
  const isChanged = (field: keyof KeyValues) => changed.includes(field);
  const { t } = useTranslation('keys');
  const id = useId();
  const { api, session } = useApiScope();
  const { fields } = api;
  const names = ['endpoints', 'referrers', 'rateLimits', 'tags', 'metadata', 'externalId'] as const;
  const hasFault = names.some((name) => faults[name] !== undefined);
  const isUsed = names.some((name) => values[name].length > 0);
  const [isOpen, setOpen] = useState(isUsed);
  const isShown = isOpen || hasFault;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        // Aligns the label with the fields. The padding only enlarges the target.
        ms={-8}
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
            <Field isChanged={isChanged('endpoints')}>
              <EndpointsField
                value={values.endpoints}
                onChange={(endpoints) => onChange({ endpoints })}
                error={faults.endpoints}
              />
            </Field>
          )}
          {fields.referrers.offered && (
            <Field isChanged={isChanged('referrers')}>
              <ReferrersField
                value={values.referrers}
                onChange={(referrers) => onChange({ referrers })}
                error={faults.referrers}
              />
            </Field>
          )}
          <Field isChanged={isChanged('rateLimits')}>
            <RateLimitsField
              value={values.rateLimits}
              onChange={(rateLimits) => onChange({ rateLimits })}
              error={faults.rateLimits}
            />
          </Field>
          <Field isChanged={isChanged('tags')}>
            <LabelsField value={values.tags} onChange={(tags) => onChange({ tags })} error={faults.tags} />
          </Field>
          <Field isChanged={isChanged('metadata')}>
            <MetadataField
              value={values.metadata}
              onChange={(metadata) => onChange({ metadata })}
              error={faults.metadata}
            />
          </Field>
          {session.person.isOperator && (
            <Field isChanged={isChanged('externalId')}>
              <ExternalIdField
                value={values.externalId}
                onChange={(externalId) => onChange({ externalId })}
                error={faults.externalId}
              />
            </Field>
          )}
        </Stack>
      </Collapse>
    </div>
  );
}
