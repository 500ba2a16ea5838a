// Toasts: what was done, and the way back where that is safe; what could not be done.
import { Button, Group } from '@mantine/core';
import i18next from 'i18next';
import { describeError } from '../api/problem.ts';
import { notifications } from './toasts.ts';

/** Long enough to read, think and press. */
const undoMs = 12_000;

interface DoneOptions {
  /** The next of the same takes its place. */
  readonly id?: string;
  /** Said once it is taken back. Default: that all is as before. */
  readonly undone?: string;
}

/** Says what could not be done, where there is no form or dialog to say it in. */
export function sayFault(message: string): void {
  notifications.show({ message, color: 'red' });
}

/** `undo` rejects with `ApiError`, which is said too. */
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
