// Switches a key off and on again, says so, and offers to take it back.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { notifications } from '../../components/toasts.ts';
import { type Key, keyQuery, switchKey } from './key-api.ts';
import { nameOfKey } from './key-words.ts';
import { useUndoToast } from './use-undo-toast.tsx';

type Side = 'on' | 'off';

export function useSwitch(key: Key): { readonly switchTo: (to: Side) => Promise<void>; readonly isPending: boolean } {
  const { t } = useTranslation(['key', 'common']);
  const queryClient = useQueryClient();
  const toastUndo = useUndoToast();
  const said = { on: t('switch.isOn', { name: nameOfKey(key) }), off: t('switch.isOff', { name: nameOfKey(key) }) };

  const { mutateAsync, isPending } = useMutation({
    mutationFn: (to: Side) => switchKey(key, to),
    onSuccess(changed, to) {
      queryClient.setQueryData(keyQuery(changed).queryKey, changed);
      const back = to === 'on' ? 'off' : 'on';
      const undo = () => switchKey(changed, back);
      toastUndo({ id: `switched-${key.id}`, message: said[to], undone: said[back], undo, org: key.org });
    },
    onError(error) {
      const closeButtonProps = { 'aria-label': t('common:actions.close') };
      notifications.show({ color: 'red', closeButtonProps, message: describeError(error) });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['org', key.org] }),
  });
  return {
    switchTo: (to) =>
      mutateAsync(to).then(
        () => undefined,
        () => undefined,
      ),
    isPending,
  };
}
