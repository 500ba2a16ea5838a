// Asks before the reader closes a secret that they have not copied.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Modal } from '../../../ui/modal.tsx';

interface LeaveGuardProps {
  readonly opened: boolean;
  readonly onStay: () => void;
  readonly onLeave: () => void;
}

/** Is mounted only while it is open. Otherwise it would handle the Escape key that opens it. */
export function LeaveGuard(props: LeaveGuardProps) {
  return props.opened ? <OpenGuard {...props} /> : null;
}

function OpenGuard({ onStay, onLeave }: LeaveGuardProps) {
  const { t } = useTranslation(['keys', 'common']);
  return (
    <Modal
      opened
      onClose={onStay}
      title={t('leave.title')}
      size="sm"
      closeButtonProps={{ 'aria-label': t('common:actions.close') }}
    >
      <Stack gap="md">
        <Text>{t('leave.text')}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onLeave}>
            {t('leave.leave')}
          </Button>
          <Button onClick={onStay} data-autofocus>
            {t('leave.stay')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
