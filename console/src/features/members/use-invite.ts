// Sends an invitation, and says where it went.
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../api/session.ts';
import { useOrgScope } from '../../app/scope.ts';
import { sayDone } from '../../components/done-toast.tsx';
import { invitationsQuery, invite } from './invitations-query.ts';

export function useInvite(onDone?: () => void) {
  const { t } = useTranslation(['members', 'common']);
  const { org, config } = useOrgScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (invited: { readonly email: string; readonly role: Role }) => invite(org.id, invited),
    async onSuccess({ email, mailed }) {
      if (!mailed) {
        notifications.show({
          color: 'red',
          message: t('invite.notMailed', { email }),
          closeButtonProps: { 'aria-label': t('common:actions.close') },
        });
      } else {
        sayDone(config.mail ? t('invite.done', { email }) : t('invite.doneInFile', { email }));
      }
      onDone?.();
      await queryClient.invalidateQueries({ queryKey: invitationsQuery(org.id).queryKey });
    },
  });
}
