// Creates a webhook, and shows its secret once.
import { Button, Group, Radio, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldFaults } from '../../api/problem.ts';
import { keyOf, type Place } from '../../entities/place.ts';
import { FormError } from '../../ui/form-error.tsx';
import { useSubmit } from '../../ui/use-submit.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { typesOf, useWebhookRules, WebhookForm, type WebhookValues } from './webhook-form.tsx';
import { createWebhook, type MadeWebhook } from './webhooks-api.ts';

interface CreateWebhookProps {
  readonly place: Place;
  readonly onClose: () => void;
}

export function CreateWebhook({ place, onClose }: CreateWebhookProps) {
  const { t } = useTranslation('webhooks');
  return (
    <SecretDialog title={t('create.title')} madeTitle={t('create.done')} onClose={onClose}>
      {(onMade) => <CreateForm place={place} onMade={onMade} onCancel={onClose} />}
    </SecretDialog>
  );
}

const kinds = ['hmac', 'ed25519', 'alertmanager'] as const;
type Kind = (typeof kinds)[number];

interface CreateFormProps {
  readonly place: Place;
  readonly onMade: (made: MadeWebhook) => void;
  readonly onCancel: () => void;
}

function CreateForm({ place, onMade, onCancel }: CreateFormProps) {
  const { t } = useTranslation(['webhooks', 'common']);
  const queryClient = useQueryClient();
  const [kind, setKind] = useState<Kind>('hmac');
  const { isPending, error, clearError, submit } = useSubmit();
  const form = useForm<WebhookValues>({
    initialValues: { name: '', url: '', choice: 'all', types: [] },
    validate: useWebhookRules(),
    onValuesChange: clearError,
  });
  const faults = fieldFaults(error);
  const isOfField = faults.name !== undefined || faults.url !== undefined;
  const format = kind === 'alertmanager' ? 'alertmanager' : 'standard';

  async function create(values: WebhookValues): Promise<void> {
    const types = typesOf(values);
    const made = await createWebhook(place, {
      name: values.name.trim(),
      url: values.url.trim(),
      ...(types !== null && { types }),
      ...(kind === 'alertmanager' ? { format } : { signature: kind }),
    });
    void queryClient.invalidateQueries({ queryKey: keyOf(place, 'webhooks') });
    onMade(made);
  }

  return (
    <form
      onSubmit={form.onSubmit(
        (values) => void submit(() => create(values)),
        (wrong) => form.getInputNode(Object.keys(wrong)[0] ?? 'name')?.focus(),
      )}
      noValidate
    >
      <Stack gap="lg">
        <WebhookForm place={place} format={format} form={form} faults={faults} />
        <Radio.Group
          label={t('fields.signature')}
          value={kind}
          onChange={(value) => {
            setKind(value as Kind);
            form.setFieldValue('types', []);
          }}
        >
          <Stack gap="sm" mt={6}>
            {kinds.map((each) => (
              <Radio key={each} value={each} label={t(`kinds.${each}`)} description={t(`kindHints.${each}`)} />
            ))}
          </Stack>
        </Radio.Group>
        <FormError error={isOfField ? null : error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel} disabled={isPending}>
            {t('common:actions.cancel')}
          </Button>
          <Button type="submit" loading={isPending}>
            {t('create.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
