// Asks before the reader leaves an organization, and leads to what remains.
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../../api/session.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { useOrgScope } from '../scope.ts';
import { removeMember } from './members-query.ts';

export interface LeaveDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function LeaveDialog({ opened, onClose }: LeaveDialogProps) {
  const { t } = useTranslation('members');
  const { org, session } = useOrgScope();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t('leave.title', { organization: org.name })}
      confirmLabel={t('leave.confirm')}
      onConfirm={async () => {
        await removeMember(org.id, session.person.id);
        sayDone(t('leave.done', { organization: org.name }));
        queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
        await navigate({ to: '/' });
        queryClient.removeQueries({ queryKey: ['org', org.id] });
      }}
    >
      {t('leave.text')}
    </ConfirmDialog>
  );
}
