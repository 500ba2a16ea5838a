// Asks for how long the rule of an alert raises no other one of the same key, address or person.
import { Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Place } from '../../entities/place.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { type Alert, muteAlert } from './alerts-api.ts';

interface MuteDialogProps {
  readonly place: Place;
  readonly alert: Pick<Alert, 'id' | 'subject'>;
  readonly onMuted: () => Promise<unknown>;
  readonly onClose: () => void;
}

const spans = ['24h', '7d', '30d'] as const;

export function MuteDialog({ place, alert, onMuted, onClose }: MuteDialogProps) {
  const { t } = useTranslation('alerts');
  const [span, setSpan] = useState<string>('7d');
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t('mute.title')}
      confirmLabel={t('mute.confirm')}
      isDangerous={false}
      onConfirm={async () => {
        await muteAlert(place, alert.id, span);
        sayDone(t('mute.done'));
        await onMuted();
      }}
    >
      <Stack gap="md">
        <Text>{t(`mute.${alert.subject.kind}`)}</Text>
        <Radio.Group label={t('mute.for')} value={span} onChange={setSpan}>
          <Stack gap="xs" mt="xs">
            {spans.map((each) => (
              <Radio key={each} value={each} label={t(`mute.choices.${each}`)} />
            ))}
          </Stack>
        </Radio.Group>
      </Stack>
    </ConfirmDialog>
  );
}
