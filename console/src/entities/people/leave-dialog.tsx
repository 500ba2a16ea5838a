// Leaves an organization: asks, says what stays, and leads to where the reader still is.
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Organization, sessionQuery } from '../../api/session.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { removeMember } from './members-query.ts';

export interface LeaveDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly org: Organization;
  /** The reader. */
  readonly personId: string;
}

export function LeaveDialog({ opened, onClose, org, personId }: LeaveDialogProps) {
  const { t } = useTranslation('members');
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t('leave.title', { organization: org.name })}
      confirmLabel={t('leave.confirm')}
      onConfirm={async () => {
        await removeMember(org.id, personId);
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
