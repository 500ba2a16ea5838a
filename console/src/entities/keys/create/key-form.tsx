// The form of a new key. It keeps its values when the server refuses them.
import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Environment } from '../../../api/config.ts';
import { FormError } from '../../../ui/form-error.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { useNow } from '../../../ui/use-now.ts';
import { useApiScope } from '../../scope.ts';
import { createKey, type KeyRequest, type MadeKey, requestKey } from '../api/create-key.ts';
import { keyListQuery, keysQueryKey } from '../api/list-keys.ts';
import { KeyFields } from '../fields/key-fields.tsx';
import classes from '../fields/key-form.module.css';
import { emptyValues, type KeyValues, presetsOf, toNewKey } from '../fields/key-values.ts';
import { type KeyForm as Form, useKeyForm } from '../fields/use-key-form.ts';
import { useEnvironmentName, useWords } from '../words.ts';
import { summarize } from './summary.ts';

interface KeyFormProps {
  /** The settings of another key, to start from. */
  readonly initial?: Partial<KeyValues>;
  readonly onMade: (made: MadeKey) => void;
  readonly onCancel: () => void;
}

export function KeyForm({ initial, onMade, onCancel }: KeyFormProps) {
  const { t } = useTranslation('keys');
  const { t: common } = useTranslation();
  const { org, api, environment } = useApiScope();
  const words = useWords();
  const formats = useFormats();
  const nowMs = useNow();
  const environmentName = useEnvironmentName(api);
  const queryClient = useQueryClient();
  const form = useKeyForm(() => ({ ...emptyValues(api, environment), ...initial }));
  const { values, isPending } = form;
  /**
   * What was sent last. Until a value changes, a second try sends the same request, in case only its answer was lost.
   */
  const sent = useRef<{ readonly values: KeyValues; readonly request: KeyRequest }>(undefined);

  function submit(event: React.FormEvent): void {
    event.preventDefault();
    if (!form.check()) return;
    void form.send(async () => {
      if (sent.current?.values !== values) {
        sent.current = { values, request: requestKey(toNewKey(values, api, Date.now())) };
      }
      const made = await createKey(org.id, sent.current.request);
      void queryClient.invalidateQueries({ queryKey: keysQueryKey(org.id) });
      onMade(made);
    });
  }

  const { addresses } = api.fields;
  const isBlocked = addresses.offered && addresses.emptyMeans === 'deny' && values.addresses.length === 0;
  const create = words.create ?? t('create.submit');
  return (
    <form ref={form.ref} onSubmit={submit} noValidate>
      {api.templates.length > 0 && <TemplateField form={form} />}
      <KeyFields
        key={values.template}
        form={form}
        hasEnvironment
        nameNote={<TwinNote name={values.name} environment={values.environment} />}
      />
      <Stack gap="sm" className={classes.footer}>
        <FormError error={form.error} />
        <Text size="sm" c="dimmed" data-testid="summary">
          {summarize(values, { t, formats, api, environmentName: environmentName(values.environment), nowMs })}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel} disabled={isPending}>
            {common('actions.cancel')}
          </Button>
          <Button type="submit" loading={isPending}>
            {isBlocked ? t('create.submitBlocked', { create }) : create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Fills in the form. What the reader has typed beside it stays. */
function TemplateField({ form }: { readonly form: Form }) {
  const { t, i18n } = useTranslation('keys');
  const { api } = useApiScope();
  const language = i18n.language === 'ar' ? 'ar' : 'en';
  const { template, name, environment, tags, metadata, externalId } = form.values;
  const chosen = api.templates.find(({ id }) => id === template);
  function choose(id: string): void {
    const next = api.templates.find((each) => each.id === id);
    const kept = { name, environment, tags, metadata, externalId, template: id };
    const presets = next === undefined ? {} : presetsOf(next, api, Date.now());
    form.change({ ...emptyValues(api, environment), ...presets, ...kept });
  }
  return (
    <NativeSelect
      label={t('template.label')}
      description={chosen?.description?.[language] ?? t('template.hint')}
      mb="md"
      value={template}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
      data={[
        { value: '', label: t('template.none') },
        ...api.templates.map(({ id, name: names }) => ({ value: id, label: names[language] })),
      ]}
      {...(form.faults.template !== undefined && { error: form.faults.template })}
    />
  );
}

interface TwinNoteProps {
  readonly name: string;
  readonly environment: Environment;
}

/** Warns when another key has the name. That is allowed, and usually a mistake. */
function TwinNote({ name, environment }: TwinNoteProps) {
  const { t } = useTranslation('keys');
  const { org, api } = useApiScope();
  const wanted = name.trim();
  const query = { api: api.id, environment, revoked: 'false' as const, q: wanted, limit: 5 };
  const { data } = useQuery({ ...keyListQuery(org.id, query), enabled: wanted.length >= 3, staleTime: 30_000 });
  const isTaken = data?.data.some((key) => key.name.toLowerCase() === wanted.toLowerCase()) === true;
  return isTaken && wanted.length >= 3 ? (
    <Text size="sm" c="var(--sandbox-text)" role="status" mt={-8}>
      {t('notes.sameName')}
    </Text>
  ) : null;
}
