// Deletes a person for good, for operators, after their address was typed.
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { deletePerson, type Member, membersQuery } from '../../entities/people/members-query.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { TypedConfirmDialog } from '../../ui/typed-confirm-dialog.tsx';

interface DeletePersonDialogProps {
  readonly person: Member['person'];
  readonly onClose: () => void;
}

export function DeletePersonDialog({ person, onClose }: DeletePersonDialogProps) {
  const { t } = useTranslation('members');
  const { org } = useOrgScope();
  const queryClient = useQueryClient();
  return (
    <TypedConfirmDialog
      onClose={onClose}
      title={t('delete.title', { name: person.name })}
      texts={[t('delete.text'), t('delete.keys')]}
      label={t('delete.type', { email: person.email })}
      wanted={person.email}
      isAddress
      confirmLabel={t('delete.confirm')}
      onConfirm={async () => {
        await deletePerson(person.id);
        sayDone(t('delete.done', { name: person.name }));
        await queryClient.invalidateQueries({ queryKey: membersQuery(org.id).queryKey });
      }}
    />
  );
}
