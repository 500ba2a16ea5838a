// Changes the name, the address or the events of a webhook.
import { Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { fieldFaults } from '../../api/problem.ts';
import type { Place } from '../../entities/place.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { useSubmit } from '../../ui/use-submit.ts';
import { typesOf, useWebhookRules, WebhookForm, type WebhookValues } from './webhook-form.tsx';
import { updateWebhook, type Webhook } from './webhooks-api.ts';

interface EditWebhookProps {
  readonly place: Place;
  readonly webhook: Webhook;
  readonly onChanged: (webhook: Webhook) => void;
  readonly onClose: () => void;
}

export function EditWebhook({ place, webhook, onChanged, onClose }: EditWebhookProps) {
  const { t } = useTranslation(['webhooks', 'common']);
  const { isPending, error, clearError, submit } = useSubmit();
  const { types } = webhook;
  const form = useForm<WebhookValues>({
    initialValues: {
      name: webhook.name,
      url: webhook.url,
      choice: types === null ? 'all' : 'some',
      types: types ?? [],
    },
    validate: useWebhookRules(),
    onValuesChange: clearError,
  });
  const faults = fieldFaults(error);
  const isOfField = faults.name !== undefined || faults.url !== undefined;

  async function save(values: WebhookValues): Promise<void> {
    const { name, url } = values;
    onChanged(await updateWebhook(place, webhook.id, { name: name.trim(), url: url.trim(), types: typesOf(values) }));
    sayDone(t('edit.done'));
    onClose();
  }

  return (
    <ResponsiveDialog opened onClose={onClose} title={t('edit.title')} width={640}>
      <form
        onSubmit={form.onSubmit(
          (values) => void submit(() => save(values)),
          (wrong) => form.getInputNode(Object.keys(wrong)[0] ?? 'name')?.focus(),
        )}
        noValidate
      >
        <Stack gap="lg">
          <WebhookForm place={place} format={webhook.format} form={form} faults={faults} />
          <FormError error={isOfField ? null : error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose} disabled={isPending}>
              {t('common:actions.cancel')}
            </Button>
            <Button type="submit" loading={isPending}>
              {t('common:actions.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </ResponsiveDialog>
  );
}
