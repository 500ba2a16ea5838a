// Says what was done to a key, and offers to take it back for a while.
import { Button, Group } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { keysQueryKey } from '../../components/keys/api/list-keys.ts';
import { notifications } from '../../components/toasts.ts';

interface Done {
  /** Of the toast: the next of the same takes its place. */
  readonly id: string;
  readonly message: string;
  /** Said once it is taken back. */
  readonly undone: string;
  /** Left out: it can't be. */
  readonly undo?: () => Promise<unknown>;
  readonly org: string;
}

/** Long enough to read, think and press. */
const undoMs = 12_000;

export function useUndoToast(): (done: Done) => void {
  const { t } = useTranslation(['key', 'common']);
  const queryClient = useQueryClient();
  const closeButtonProps = { 'aria-label': t('common:actions.close') };

  async function takeBack({ id, undo, undone, org }: Done): Promise<void> {
    notifications.hide(id);
    try {
      await undo?.();
      notifications.show({ color: 'accent', closeButtonProps, message: undone });
    } catch (failure) {
      notifications.show({ color: 'red', closeButtonProps, message: t('undoFailed', { why: describeError(failure) }) });
    }
    await queryClient.invalidateQueries({ queryKey: keysQueryKey(org) });
  }

  return (done) => {
    notifications.hide(done.id);
    notifications.show({
      id: done.id,
      color: 'accent',
      autoClose: undoMs,
      closeButtonProps,
      message: (
        <Group justify="space-between" wrap="nowrap" gap="md">
          <span>{done.message}</span>
          {done.undo !== undefined && (
            <Button size="compact-sm" variant="light" onClick={() => void takeBack(done)}>
              {t('undo')}
            </Button>
          )}
        </Group>
      ),
    });
  };
}
