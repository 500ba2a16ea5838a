// Edits a key in three steps: the form, what the change would cut off, and a conflict with another change.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sayDone, sayFault } from '../../../ui/done-toast.tsx';
import { FormError } from '../../../ui/form-error.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { ResponsiveDialog } from '../../../ui/responsive-dialog.tsx';
import { useApiScope } from '../../scope.ts';
import { AddressesField } from '../fields/addresses-field.tsx';
import { KeyFields } from '../fields/key-fields.tsx';
import formClasses from '../fields/key-form.module.css';
import type { KeyValues } from '../fields/key-values.ts';
import { useKeyForm } from '../fields/use-key-form.ts';
import { type ChangedField, changedFields, changesOf, undoOf, valuesOf } from './changes.ts';
import { useFieldLabels } from './field-labels.ts';
import { ImpactReview, isHarmless } from './impact-review.tsx';
import { type Impact, type Key, type KeyUpdate, keyQuery, previewChange, staleKeyOf, updateKey } from './key-api.ts';
import { nameOfKey } from './key-words.ts';
import { StaleReview } from './stale-review.tsx';

interface EditDialogProps {
  readonly apiKey: Key;
  /** A list of addresses to begin with. The form then has no other field, and the list is enforced. */
  readonly addresses?: readonly string[] | undefined;
  readonly onClose: () => void;
}

type Step =
  | { readonly name: 'form' }
  | { readonly name: 'impact'; readonly impact: Impact; readonly changes: KeyUpdate }
  | { readonly name: 'stale'; readonly current: Key; readonly changes: KeyUpdate };

export function EditDialog({ apiKey, addresses, onClose }: EditDialogProps) {
  const { api, session } = useApiScope();
  const { isOperator } = session.person;
  const { t } = useTranslation(['key', 'common']);
  const queryClient = useQueryClient();
  /** The key as it was read. A save fails when someone has changed it since. */
  const [opened, setOpened] = useState(apiKey);
  const form = useKeyForm(() => beginWith(apiKey));
  const [step, setStep] = useState<Step>({ name: 'form' });
  const { values, isPending } = form;

  const openedValues = valuesOf(opened, api, isOperator);
  const pendingChanges = findChanges();
  const changed = changedFields.filter((field) => field in pendingChanges);
  const changedValues = changed.map((field) => (field === 'expiresAt' ? 'expiry' : field));

  function beginWith(key: Key): KeyValues {
    return { ...valuesOf(key, api, isOperator), ...(addresses !== undefined && { addresses: [...addresses] }) };
  }

  function findChanges(): KeyUpdate {
    const isEnforced = addresses !== undefined && opened.addressCheck === 'report';
    return {
      ...changesOf(values, openedValues, api, Date.now()),
      ...(isEnforced && { addressCheck: 'enforce' as const }),
    };
  }

  function send(call: () => Promise<void>): void {
    void form.send(call, () => setStep({ name: 'form' }));
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    // Untouched fields are not sent, so their faults don't count.
    if (!form.check(changedValues)) return;
    const changes = findChanges();
    send(async () => {
      // Only an active key has clients to cut off.
      if (opened.status !== 'active') return save(changes, opened);
      const impact = await previewChange(opened, changes);
      if (isHarmless(impact, changes)) return save(changes, opened);
      setStep({ name: 'impact', impact, changes });
    });
  }

  async function save(changes: KeyUpdate, on: Key): Promise<void> {
    try {
      const saved = await updateKey(on, changes);
      queryClient.setQueryData(keyQuery(saved).queryKey, saved);
      onClose();
      const takeBack = undoOf(changes, on, Date.now());
      const refresh = () => queryClient.invalidateQueries({ queryKey: ['org', saved.org] });
      const undo = takeBack && (() => updateKey(saved, takeBack).finally(refresh));
      const options = { id: `saved-${saved.id}`, undone: t('edit.undone', { name: nameOfKey(on) }) };
      sayDone(t('edit.saved', { name: nameOfKey(saved) }), undo, options);
      await refresh();
    } catch (failure) {
      const current = staleKeyOf(failure);
      if (current === undefined) throw failure;
      setStep({ name: 'stale', current, changes });
    }
  }

  function startFrom(current: Key): void {
    queryClient.setQueryData(keyQuery(current).queryKey, current);
    if (current.status === 'revoked') {
      sayFault(t(`notice.overMeanwhile.${api.actions.revokeWord}`, { name: nameOfKey(current) }));
      onClose();
      return;
    }
    setOpened(current);
    form.restart(beginWith(current));
    setStep({ name: 'form' });
  }

  const failure = <FormError error={form.error} />;
  return (
    <ResponsiveDialog
      opened
      onClose={onClose}
      title={t(`edit.titles.${step.name === 'form' && addresses !== undefined ? 'addresses' : step.name}`)}
      width={640}
    >
      {step.name === 'form' && (
        <form ref={form.ref} onSubmit={submit} noValidate>
          {addresses === undefined ? (
            <KeyFields form={form} changed={changedValues} />
          ) : (
            <AddressesField
              value={values.addresses}
              onChange={(list) => form.change({ addresses: list })}
              error={form.faults.addresses}
            />
          )}
          <Stack gap="sm" className={formClasses.footer}>
            {failure}
            <Group justify="space-between" gap="xs">
              <ChangedFields changed={changed} />
              <Group gap="xs">
                <Button variant="default" onClick={onClose} disabled={isPending}>
                  {t('common:actions.cancel')}
                </Button>
                <Button type="submit" loading={isPending} disabled={Object.keys(pendingChanges).length === 0}>
                  {t('common:actions.save')}
                </Button>
              </Group>
            </Group>
          </Stack>
        </form>
      )}
      {step.name === 'impact' && (
        <Stack gap="md">
          <ImpactReview impact={step.impact} changes={step.changes} />
          {failure}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setStep({ name: 'form' })} disabled={isPending} autoFocus>
              {t('common:actions.back')}
            </Button>
            <Button
              {...(step.impact.cutsOff !== 'nobody' && { color: 'red' })}
              loading={isPending}
              onClick={() => send(() => save(step.changes, opened))}
            >
              {step.impact.cutsOff === 'nobody' ? t('common:actions.save') : t('edit.saveAnyway')}
            </Button>
          </Group>
        </Stack>
      )}
      {step.name === 'stale' && (
        <Stack gap="md">
          <StaleReview opened={opened} current={step.current} changes={step.changes} />
          {failure}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => startFrom(step.current)} disabled={isPending} autoFocus>
              {t('stale.reload')}
            </Button>
            {step.current.status !== 'revoked' && (
              <Button loading={isPending} onClick={() => send(() => save(step.changes, step.current))}>
                {t('stale.overwrite')}
              </Button>
            )}
          </Group>
        </Stack>
      )}
    </ResponsiveDialog>
  );
}

function ChangedFields({ changed }: { readonly changed: readonly ChangedField[] }) {
  const { t } = useTranslation('key');
  const labelOf = useFieldLabels();
  const { list } = useFormats();
  return (
    <Text size="sm" c="dimmed" role="status" flex="1 1 12rem">
      {changed.length === 0 ? t('edit.unchanged') : t('edit.changed', { fields: list(changed.map(labelOf)) })}
    </Text>
  );
}
