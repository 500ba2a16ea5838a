// Sends an invitation, and reports where it went.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../api/session.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { invitationsQuery, invite } from './invitations-query.ts';

/** `onDone` is called once the invitation exists, also when its mail failed. */
export function useInvite(onDone?: () => void) {
  const { t } = useTranslation('members');
  const { org, config } = useOrgScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (invited: { readonly email: string; readonly role: Role }) => invite(org.id, invited),
    async onSuccess({ email, mailed }) {
      if (!mailed) {
        sayFault(t('invite.notMailed', { email }));
      } else {
        sayDone(config.mail ? t('invite.done', { email }) : t('invite.doneInFile', { email }));
      }
      onDone?.();
      await queryClient.invalidateQueries({ queryKey: invitationsQuery(org.id).queryKey });
    },
  });
}
