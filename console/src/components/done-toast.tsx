// Toasts: what was done, and the way back where that is safe; what could not be done.
import { Button, Group } from '@mantine/core';
import i18next from 'i18next';
import { describeError } from '../api/problem.ts';
import { notifications } from './toasts.ts';

/** Long enough to read, think and press. */
const undoMs = 12_000;

/** Says what could not be done, where there is no form or dialog to say it in. */
export function sayFault(message: string): void {
  const closeButtonProps = { 'aria-label': i18next.t('common:actions.close') };
  notifications.show({ message, color: 'red', closeButtonProps });
}

/** `undo` rejects with `ApiError`, which is said too. */
export function sayDone(message: string, undo?: () => Promise<unknown>): void {
  const t = i18next.getFixedT(null, 'common');
  const closeButtonProps = { 'aria-label': t('actions.close') };
  if (undo === undefined) {
    notifications.show({ message, color: 'accent', closeButtonProps });
    return;
  }
  const id = `done-${Math.random().toString(36).slice(2)}`;
  async function takeBack(): Promise<void> {
    notifications.hide(id);
    try {
      await undo?.();
      notifications.show({ message: t('states.undone'), color: 'accent', closeButtonProps });
    } catch (error) {
      sayFault(describeError(error));
    }
  }
  notifications.show({
    id,
    color: 'accent',
    autoClose: undoMs,
    closeButtonProps,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="md">
        <span>{message}</span>
        <Button size="compact-sm" variant="light" onClick={() => void takeBack()}>
          {t('actions.undo')}
        </Button>
      </Group>
    ),
  });
}
