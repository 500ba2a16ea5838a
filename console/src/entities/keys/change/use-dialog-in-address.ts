// The open dialog of a key, and the key that it has made, in the address of the page.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useOrgScope } from '../../scope.ts';
import { type DialogName, readKeySearch } from './key-search.ts';

/** A list can link to a dialog, the back button closes it, and a reload keeps it. */
export function useDialogInAddress() {
  const { canEdit } = useOrgScope();
  const search = readKeySearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const setDialog = (name: DialogName | undefined) =>
    void navigate({
      to: '.',
      search: ({ do: _, made: __, ...rest }) => (name === undefined ? rest : { ...rest, do: name }),
      // Closing is intended. A dialog with unsaved work has asked already.
      ...(name === undefined && { replace: true, ignoreBlocker: true }),
    });
  const setMade = (made: string) =>
    void navigate({ to: '.', search: (current) => ({ ...current, made }), replace: true, ignoreBlocker: true });
  return { dialog: canEdit ? search.do : undefined, madeId: search.made, setDialog, setMade };
}
