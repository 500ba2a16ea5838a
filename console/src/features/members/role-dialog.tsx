// Changes a member's role. The reader can undo it, except for their own.
import { Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Role, sessionQuery } from '../../api/session.ts';
import { changeRole, type Member, membersQuery } from '../../entities/people/members-query.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { RoleChoice } from './role-choice.tsx';

export function RoleDialog({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const { t } = useTranslation(['members', 'common']);
  const { org, session } = useOrgScope();
  const queryClient = useQueryClient();
  const { person, role: before } = member;
  const isSelf = person.id === session.person.id;
  const form = useForm<{ role: Role }>({ initialValues: { role: before } });

  async function give(role: Role): Promise<void> {
    await changeRole(org.id, person.id, role);
    await queryClient.invalidateQueries({ queryKey: membersQuery(org.id).queryKey });
    if (isSelf) await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }

  const change = useMutation({
    mutationFn: give,
    onSuccess(_, role) {
      const message = t('role.done', { name: person.name, role: t(`common:roles.${role}`) });
      sayDone(message, isSelf ? undefined : () => give(before));
      onClose();
    },
  });

  return (
    <ResponsiveDialog opened onClose={onClose} title={t('role.title', { name: person.name })} width={460}>
      <form onSubmit={form.onSubmit(({ role }) => (role === before ? onClose() : change.mutate(role)))} noValidate>
        <Stack gap="lg">
          <RoleChoice input={form.getInputProps('role')} focused={before} />
          <FormError error={change.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common:actions.cancel')}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t('role.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </ResponsiveDialog>
  );
}
