// Invites a person by e-mail, with a role.

import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldFaults } from '../../api/problem.ts';
import type { Role } from '../../api/session.ts';
import { FormError } from '../../ui/form-error.tsx';
import { isEmailAddress } from '../../ui/is-email-address.ts';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { InvitationLink } from './invitation-link.tsx';
import type { SentInvitation } from './invitations-query.ts';
import { MailNote } from './mail-note.tsx';
import { RoleChoice } from './role-choice.tsx';
import { useInvite } from './use-invite.ts';

export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation(['members', 'common', 'auth']);
  const [sent, setSent] = useState<SentInvitation>();
  const invite = useInvite({ onDone: onClose, onLink: setSent });
  const isOfField = fieldFaults(invite.error).email !== undefined;
  const form = useForm<{ email: string; role: Role }>({
    initialValues: { email: '', role: 'developer' },
    validate: { email: (email) => (isEmailAddress(email) ? null : t('auth:faults.email')) },
    onValuesChange: () => invite.reset(),
  });
  const email = form.getInputProps('email');
  if (sent !== undefined) {
    return (
      <ResponsiveDialog opened onClose={onClose} title={t('link.title')} width={480}>
        <InvitationLink sent={sent} onClose={onClose} />
      </ResponsiveDialog>
    );
  }
  return (
    <ResponsiveDialog opened onClose={onClose} title={t('invite.title')} width={480}>
      <form
        onSubmit={form.onSubmit(
          (values) => invite.mutate({ ...values, email: values.email.trim() }),
          () => form.getInputNode('email')?.focus(),
        )}
        noValidate
      >
        <Stack gap="lg">
          <TextInput
            type="email"
            dir="ltr"
            inputMode="email"
            autoComplete="off"
            label={t('auth:fields.email')}
            data-autofocus
            {...email}
            error={email.error ?? (isOfField ? t('auth:faults.email') : null)}
          />
          <RoleChoice input={form.getInputProps('role')} />
          <MailNote isBrief />
          <FormError error={isOfField ? null : invite.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common:actions.cancel')}
            </Button>
            <Button type="submit" loading={invite.isPending}>
              {t('invite.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </ResponsiveDialog>
  );
}
