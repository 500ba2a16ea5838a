// Toasts for what was done, with an undo where that is safe, and for what failed.
import { Button, Group } from '@mantine/core';
import i18next from 'i18next';
import { describeError } from '../api/problem.ts';
import { notifications } from './toasts.ts';

/** Long enough to read, decide and press. */
const undoMs = 12_000;

interface DoneOptions {
  /** A toast replaces one with the same id. */
  readonly id?: string;
  /** Shown after an undo. Default: that all is as before. */
  readonly undone?: string;
}

/** Reports a failure where no form or dialog can show it. */
export function sayFault(message: string): void {
  notifications.show({ message, color: 'red' });
}

/** Reports a success. When `undo` rejects with an `ApiError`, a toast shows it. */
export function sayDone(message: string, undo?: () => Promise<unknown>, options: DoneOptions = {}): void {
  const { id = `done-${Math.random().toString(36).slice(2)}`, undone } = options;
  const t = i18next.getFixedT(null, 'common');
  async function takeBack(): Promise<void> {
    notifications.hide(id);
    try {
      await undo?.();
      notifications.show({ message: undone ?? t('states.undone'), color: 'accent' });
    } catch (error) {
      sayFault(t('states.undoFailed', { why: describeError(error) }));
    }
  }
  notifications.hide(id);
  if (undo === undefined) {
    notifications.show({ id, message, color: 'accent' });
    return;
  }
  notifications.show({
    id,
    color: 'accent',
    autoClose: undoMs,
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
