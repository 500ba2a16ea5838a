// The form of a new key. It keeps its values when the server refuses them.
import { Button, Group, Stack, Text } from '@mantine/core';
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
import { emptyValues, type KeyValues, toNewKey } from '../fields/key-values.ts';
import { useKeyForm } from '../fields/use-key-form.ts';
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
      <KeyFields
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
