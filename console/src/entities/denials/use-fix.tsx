// Applies the fix of a denial, reports it, and offers to undo it.
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
  /** Called with the current denial when it differs from the one shown. Nothing was changed then. */
  readonly onChanged: (current: OrgDenial) => void;
}

/** Call it with the denial that the reader sees. Its `fix.canApply` must be true. */
export function useFix(denial: OrgDenial, { onFixed, onChanged }: FixEvents): UseFix {
  const { t } = useTranslation('denials');
  const { org } = useOrgScope();
  const formats = useFormats();
  const queryClient = useQueryClient();
  const { id, fix, key } = denial;
  const kind = fix.kind as AppliedKind;
  const name = nameOf(key);
  /** Keys, denials and the audit log all show the change. */
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

/** The key's name, or its masked secret. */
export function nameOf(key: OrgDenial['key']): string {
  return key === null ? '' : key.name || key.masked;
}

/** The values for the placeholders in the texts of fixes. */
export function wordsOf({ fix: { params } }: OrgDenial) {
  const { address = '', endpoint = '', scope = '' } = params;
  return { address, endpoint, scope };
}
