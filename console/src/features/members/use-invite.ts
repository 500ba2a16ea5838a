// Sends an invitation, and reports where it went.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../api/session.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { invitationsQuery, invite, type SentInvitation } from './invitations-query.ts';

interface InviteEvents {
  /** Called once the invitation exists, also when its mail failed. */
  readonly onDone?: () => void;
  /** Called instead when there is no mail server: the sender passes the link on. */
  readonly onLink: (sent: SentInvitation) => void;
}

export function useInvite({ onDone, onLink }: InviteEvents) {
  const { t } = useTranslation('members');
  const { org } = useOrgScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (invited: { readonly email: string; readonly role: Role }) => invite(org.id, invited),
    gcTime: 0,
    async onSuccess(sent) {
      const { email, mailed, link } = sent;
      if (link !== null) onLink(sent);
      else {
        if (mailed) sayDone(t('invite.done', { email }));
        else sayFault(t('invite.notMailed', { email }));
        onDone?.();
      }
      await queryClient.invalidateQueries({ queryKey: invitationsQuery(org.id).queryKey });
    },
  });
}
