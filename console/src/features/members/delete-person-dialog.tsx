// Deletes a person for good, for operators, after their address was typed.
import { Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deletePerson, type Member, membersQuery } from '../../entities/people/members-query.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';

interface DeletePersonDialogProps {
  readonly person: Member['person'];
  readonly onClose: () => void;
}

export function DeletePersonDialog({ person, onClose }: DeletePersonDialogProps) {
  const { t } = useTranslation('members');
  const { org } = useOrgScope();
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState('');
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t('delete.title', { name: person.name })}
      confirmLabel={t('delete.confirm')}
      canConfirm={
        typed
          .replace(/[\u2066-\u2069]/g, '')
          .trim()
          .toLowerCase() === person.email
      }
      onConfirm={async () => {
        await deletePerson(person.id);
        sayDone(t('delete.done', { name: person.name }));
        await queryClient.invalidateQueries({ queryKey: membersQuery(org.id).queryKey });
      }}
    >
      <Stack gap="md">
        <Stack gap="xs">
          <span>{t('delete.text')}</span>
          <span>{t('delete.keys')}</span>
        </Stack>
        <TextInput
          type="email"
          label={t('delete.type', { email: person.email })}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
        />
      </Stack>
    </ConfirmDialog>
  );
}
