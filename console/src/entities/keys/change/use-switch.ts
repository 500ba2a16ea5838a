// Disables or enables a key, reports it, and offers to undo it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../../api/problem.ts';
import { sayDone, sayFault } from '../../../ui/done-toast.tsx';
import { type Key, keyQuery, switchKey } from './key-api.ts';
import { nameOfKey } from './key-words.ts';

type Side = 'on' | 'off';

/** `switchTo` never rejects: a toast shows the failure. */
export function useSwitch(key: Key): { readonly switchTo: (to: Side) => Promise<void>; readonly isPending: boolean } {
  const { t } = useTranslation('key');
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['org', key.org] });
  const said = { on: t('switch.isOn', { name: nameOfKey(key) }), off: t('switch.isOff', { name: nameOfKey(key) }) };

  const { mutateAsync, isPending } = useMutation({
    mutationFn: (to: Side) => switchKey(key, to),
    onSuccess(changed, to) {
      queryClient.setQueryData(keyQuery(changed).queryKey, changed);
      const back = to === 'on' ? 'off' : 'on';
      const undo = () => switchKey(changed, back).finally(refresh);
      sayDone(said[to], undo, { id: `switched-${key.id}`, undone: said[back] });
    },
    onError: (error) => sayFault(describeError(error)),
    onSettled: refresh,
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
