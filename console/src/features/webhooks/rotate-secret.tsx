// Replaces the secret of a webhook. The old one signs too for a while, so that no delivery fails.
import { Button, Group, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Place } from '../../entities/place.ts';
import { FormError } from '../../ui/form-error.tsx';
import { useSubmit } from '../../ui/use-submit.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { type MadeWebhook, rotateSecret, type Webhook } from './webhooks-api.ts';

interface RotateSecretProps {
  readonly place: Place;
  readonly webhook: Webhook;
  readonly onChanged: (webhook: Webhook) => void;
  readonly onClose: () => void;
}

export function RotateSecret({ onClose, ...props }: RotateSecretProps) {
  const { t } = useTranslation('webhooks');
  return (
    <SecretDialog title={t('rotate.title')} madeTitle={t('rotate.done')} onClose={onClose}>
      {(onMade) => <RotateForm {...props} onMade={onMade} onCancel={onClose} />}
    </SecretDialog>
  );
}

const overlaps = ['now', '1h', '24h', '7d'] as const;

interface RotateFormProps extends Omit<RotateSecretProps, 'onClose'> {
  readonly onMade: (made: MadeWebhook) => void;
  readonly onCancel: () => void;
}

function RotateForm({ place, webhook, onChanged, onMade, onCancel }: RotateFormProps) {
  const { t } = useTranslation(['webhooks', 'common']);
  const [overlap, setOverlap] = useState<string>('24h');
  const { isPending, error, submit } = useSubmit();

  async function rotate(): Promise<void> {
    const made = await rotateSecret(place, webhook.id, overlap);
    onChanged(made.webhook);
    onMade(made);
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit(rotate);
      }}
    >
      <Stack gap="md">
        <Text>{t('rotate.text')}</Text>
        <Radio.Group label={t('rotate.overlap')} value={overlap} onChange={setOverlap}>
          <Stack gap="xs" mt="xs">
            {overlaps.map((each) => (
              <Radio
                key={each}
                value={each}
                label={t(`rotate.choices.${each}`)}
                data-autofocus={each === overlap || undefined}
              />
            ))}
          </Stack>
        </Radio.Group>
        <FormError error={error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel} disabled={isPending}>
            {t('common:actions.cancel')}
          </Button>
          <Button type="submit" loading={isPending}>
            {t('rotate.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
