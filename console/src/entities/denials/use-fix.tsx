// Carries out the fix of a refusal, says so, and offers to take it back.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sayDone } from '../../ui/done-toast.tsx';
import { useFormats } from '../../ui/formats.ts';
import { useOrgScope } from '../scope.ts';
import {
  type AppliedKind,
  applyFix,
  canUndo,
  changedFixOf,
  type FixedKey,
  type OrgDenial,
  undoFix,
} from './denials-api.ts';

export interface UseFix {
  readonly fix: () => void;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly reset: () => void;
}

export interface FixEvents {
  readonly onFixed: () => void;
  /** Called with the current refusal when it is no longer the one shown, so nothing was changed. */
  readonly onChanged: (current: OrgDenial) => void;
}

/** Call it for a denial as its reader sees it, whose `fix.canApply` holds. */
export function useFix(denial: OrgDenial, { onFixed, onChanged }: FixEvents): UseFix {
  const { t } = useTranslation('denials');
  const { org } = useOrgScope();
  const formats = useFormats();
  const queryClient = useQueryClient();
  const { id, fix, key } = denial;
  const kind = fix.kind as AppliedKind;
  const name = nameOf(key);
  /** Keys, refusals and the audit log all tell of it. */
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['org', org.id] });

  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => applyFix(org.id, denial),
    async onSuccess(fixed) {
      sayFixed(fixed);
      onFixed();
      await refresh();
    },
    onError(failure) {
      const current = changedFixOf(failure);
      if (current === undefined) return;
      onChanged(current);
      void refresh();
    },
  });

  function sayFixed(fixed: FixedKey): void {
    const words = { ...wordsOf(denial), date: formats.date(fixed.after.expiresAt ?? fixed.after.updatedAt), name };
    const undo = () => undoFix(org.id, kind, fixed).finally(refresh);
    const options = { id: `fixed-${id}`, undone: t('fix.undone', { name }) };
    sayDone(t(`fix.${kind}.done`, words), canUndo(kind, fixed) ? undo : undefined, options);
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
