// The form of a new key. What was typed stays when the server refuses it.
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Environment } from '../../../api/config.ts';
import { describeError, fieldFaults } from '../../../api/problem.ts';
import { useFormats } from '../../../ui/formats.ts';
import { useNow } from '../../../ui/use-now.ts';
import { useApiScope } from '../../scope.ts';
import { createKey, type KeyRequest, type MadeKey, requestKey } from '../api/create-key.ts';
import { keyListQuery, keysQueryKey } from '../api/list-keys.ts';
import { checkValues, type KeyFaults, placeFaults } from '../fields/check-values.ts';
import { KeyFields } from '../fields/key-fields.tsx';
import { emptyValues, type KeyValues, toNewKey } from '../fields/key-values.ts';
import { useEnvironmentName, useWords } from '../words.ts';
import classes from './key-form.module.css';
import { summarize } from './summary.ts';

interface KeyFormProps {
  /** Of another key, whose settings this one gets. */
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
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState<KeyValues>(() => ({ ...emptyValues(api, environment), ...initial }));
  const [faults, setFaults] = useState<KeyFaults>({});
  const [error, setError] = useState<unknown>(null);
  const [isPending, setPending] = useState(false);
  /** What was sent last: until something is changed it is the same request that is tried again, though its answer was lost. */
  const sent = useRef<{ readonly values: KeyValues; readonly request: KeyRequest }>(undefined);

  // The first field at fault gets the focus, once it is marked.
  useEffect(() => {
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);

  function change(part: Partial<KeyValues>): void {
    setValues((current) => ({ ...current, ...part }));
    setError(null);
    setFaults((current) => {
      const kept = Object.entries(current).filter(([field]) => !(field in part));
      return kept.length === Object.keys(current).length ? current : Object.fromEntries(kept);
    });
  }

  async function submit(event: React.FormEvent): Promise<void> {
    event.preventDefault();
    if (isPending) return;
    const found = checkValues(values, api, t, Date.now());
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    setPending(true);
    setError(null);
    try {
      if (sent.current?.values !== values) {
        sent.current = { values, request: requestKey(toNewKey(values, api, Date.now())) };
      }
      const made = await createKey(org.id, sent.current.request);
      void queryClient.invalidateQueries({ queryKey: keysQueryKey(org.id) });
      onMade(made);
    } catch (failure) {
      const placed = placeFaults(fieldFaults(failure));
      setFaults(placed);
      if (Object.keys(placed).length === 0) setError(failure);
      setPending(false);
    }
  }

  const { addresses } = api.fields;
  const isBlocked = addresses.offered && addresses.emptyMeans === 'deny' && values.addresses.length === 0;
  const create = words.create ?? t('create.submit');
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <KeyFields
        values={values}
        onChange={change}
        faults={faults}
        hasEnvironment
        nameNote={<TwinNote name={values.name} environment={values.environment} />}
      />
      <Stack gap="sm" className={classes.footer}>
        {error !== null && (
          <Alert color="red" variant="light" role="alert" icon={<IconAlertCircle size={18} aria-hidden />}>
            {describeError(error)}
          </Alert>
        )}
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

/** Two keys may have one name; usually that is a mistake. */
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
