// Asks before something that can't be undone. The focus is on the way back.
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../api/problem.ts';
import { Modal } from './modal.tsx';
import classes from './responsive-dialog.module.css';

interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** A question: "Delete Production?" */
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** The verb on the button. */
  readonly confirmLabel: string;
  /** Closes when it resolves; says what went wrong when it rejects. */
  readonly onConfirm: () => Promise<unknown>;
  /** Default: true, a red button. */
  readonly isDangerous?: boolean;
  /** While false, the button can't be pressed: something is still to be typed. */
  readonly canConfirm?: boolean;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { opened, onClose, title, children, confirmLabel, onConfirm, isDangerous = true, canConfirm = true } = props;
  const { t } = useTranslation();
  const { mutate, isPending, error, reset } = useMutation({ mutationFn: onConfirm, onSuccess: close });

  function close(): void {
    reset();
    onClose();
  }

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={<strong className={classes.title}>{title}</strong>}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <Stack gap="md">
        <Text component="div">{children}</Text>
        {error !== null && (
          <Alert color="red" role="alert">
            {describeError(error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus>
            {t('actions.cancel')}
          </Button>
          <Button
            {...(isDangerous && { color: 'red' })}
            loading={isPending}
            disabled={!canConfirm}
            onClick={() => mutate()}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
