// Asks before an action that can't be undone. The cancel button has the focus.
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../api/problem.ts';
import { Modal } from './modal.tsx';
import classes from './responsive-dialog.module.css';

export interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** A question: "Delete Production?" */
  readonly title: string;
  /** Says what will happen. */
  readonly children: ReactNode;
  /** The verb on the button. */
  readonly confirmLabel: string;
  /** The dialog closes when it resolves, and shows the error when it rejects. */
  readonly onConfirm: () => Promise<unknown>;
  /** What to show for an error in place of its text. `false`: its text. */
  readonly explain?: (error: unknown) => ReactNode;
  /** Makes the button red. Default: true. */
  readonly isDangerous?: boolean;
  /** False while the reader still has to type something. Default: true. */
  readonly canConfirm?: boolean;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { opened, onClose, title, children, confirmLabel, onConfirm, isDangerous = true, canConfirm = true } = props;
  const { explain = () => false } = props;
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
        {error !== null &&
          (explain(error) || (
            <Alert color="red" role="alert">
              {describeError(error)}
            </Alert>
          ))}
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
