// Carries out the fix of a refusal, says so, and offers to take it back.
import { Button, Group } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { useFormats } from '../formats.ts';
import { notifications } from '../toasts.ts';
import { type AppliedKind, applyFix, canUndo, type FixedKey, type OrgDenial, undoFix } from './denials-api.ts';

/** Long enough to read, think and press. */
const undoMs = 12_000;

export interface UseFix {
  readonly fix: () => void;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly reset: () => void;
}

/** Call it for a denial whose `fix.canApply` holds. */
export function useFix(org: string, denial: OrgDenial, onFixed?: () => void): UseFix {
  const { t } = useTranslation(['denials', 'common']);
  const formats = useFormats();
  const queryClient = useQueryClient();
  const { id, fix, key } = denial;
  const kind = fix.kind as AppliedKind;
  const name = nameOf(key);
  /** Keys, refusals and the audit log all tell of it. */
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['org', org] });

  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => applyFix(org, id),
    async onSuccess(fixed) {
      sayDone(fixed);
      onFixed?.();
      await refresh();
    },
  });

  function sayDone(fixed: FixedKey): void {
    const toast = `fixed-${id}`;
    const words = { ...wordsOf(denial), date: formats.date(fixed.after.expiresAt ?? fixed.after.updatedAt), name };
    notifications.show({
      id: toast,
      color: 'accent',
      autoClose: undoMs,
      closeButtonProps: { 'aria-label': t('common:actions.close') },
      message: (
        <Group justify="space-between" wrap="nowrap" gap="md">
          <span>{t(`fix.${kind}.done`, words)}</span>
          {canUndo(kind, fixed) && (
            <Button size="compact-sm" variant="light" onClick={() => void undo(toast, fixed)}>
              {t('fix.undo')}
            </Button>
          )}
        </Group>
      ),
    });
  }

  async function undo(toast: string, fixed: FixedKey): Promise<void> {
    notifications.hide(toast);
    const closeButtonProps = { 'aria-label': t('common:actions.close') };
    try {
      await undoFix(org, kind, fixed);
      notifications.show({ message: t('fix.undone', { name }), closeButtonProps });
    } catch (failure) {
      notifications.show({
        color: 'red',
        message: t('fix.undoFailed', { why: describeError(failure) }),
        closeButtonProps,
      });
    }
    await refresh();
  }

  return { fix: () => mutate(), isPending, error, reset };
}

/** What people call the key: its name, or what is shown of its secret. */
export function nameOf(key: OrgDenial['key']): string {
  return key === null ? '' : key.name || key.masked;
}

/** For the placeholders of the texts on fixes. */
export function wordsOf({ fix: { params } }: OrgDenial) {
  const { address = '', endpoint = '', scope = '' } = params;
  return { address, endpoint, scope };
}
