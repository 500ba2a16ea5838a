// Creates an organization and invites its first owner, or changes its name and kinds.

import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError, fieldFaults } from '../../../api/problem.ts';
import { type Organization, sessionQuery } from '../../../api/session.ts';
import { useKindName } from '../../../entities/people/kind-name.ts';
import { useScope } from '../../../entities/scope.ts';
import { sayDone, sayFault } from '../../../ui/done-toast.tsx';
import { FormError } from '../../../ui/form-error.tsx';
import { isEmailAddress } from '../../../ui/is-email-address.ts';
import { ResponsiveDialog } from '../../../ui/responsive-dialog.tsx';
import { createOrg, inviteOwner, orgsQueryKey, updateOrg } from './orgs-api.ts';

interface OrgDialogProps {
  /** Left out: creates one. */
  readonly org?: Organization;
  readonly onClose: () => void;
}

export function OrgDialog({ org, onClose }: OrgDialogProps) {
  const { t } = useTranslation('operator');
  return (
    <ResponsiveDialog
      opened
      onClose={onClose}
      title={org === undefined ? t('create.title') : t('edit.title', { name: org.name })}
      width={460}
    >
      <OrgForm {...(org && { org })} onClose={onClose} />
    </ResponsiveDialog>
  );
}

function OrgForm({ org, onClose }: OrgDialogProps) {
  const { t } = useTranslation(['operator', 'auth', 'common']);
  const { config } = useScope();
  const kindName = useKindName();
  const queryClient = useQueryClient();
  const kinds = [
    ...new Set(['standard', ...config.apis.flatMap(({ orgKind }) => orgKind ?? []), ...(org?.kinds ?? [])]),
  ];
  const form = useForm({
    initialValues: { name: org?.name ?? '', kinds: org?.kinds ?? ['standard'], email: '' },
    validate: {
      name: (name) => (name.trim() === '' ? t('auth:faults.required') : null),
      kinds: (chosen) => (chosen.length === 0 ? t('auth:faults.required') : null),
      email: (email) => (email.trim() === '' || isEmailAddress(email) ? null : t('auth:faults.email')),
    },
  });
  const save = useMutation({
    async mutationFn({ name, kinds: chosen, email }: typeof form.values) {
      const wanted = { name: name.trim(), kinds: chosen };
      if (org !== undefined) {
        await updateOrg(org.id, wanted);
        return sayDone(t('edit.done', { name: wanted.name }));
      }
      const made = await createOrg(wanted);
      if (email.trim() === '') return sayDone(t('create.done', { name: made.name }));
      // The organization exists now, so a failure is reported separately.
      try {
        const { mailed } = await inviteOwner(made.id, email.trim());
        if (!mailed) throw new TypeError('not mailed');
        sayDone(t(config.mail ? 'create.doneInvited' : 'create.doneInFile', { name: made.name, email: email.trim() }));
      } catch (error) {
        const why = error instanceof TypeError ? '' : describeError(error);
        sayFault(`${t('create.notInvited', { name: made.name })} ${why}`);
      }
      return undefined;
    },
    async onSuccess() {
      onClose();
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: orgsQueryKey }),
        queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }),
        ...(org ? [queryClient.invalidateQueries({ queryKey: ['org', org.id] })] : []),
      ]);
    },
  });
  const faults = fieldFaults(save.error);
  const isOfField = faults.name !== undefined || faults.kinds !== undefined;
  const name = form.getInputProps('name');
  const chosen = form.getInputProps('kinds');
  return (
    <form
      onSubmit={form.onSubmit(
        (values) => save.mutate(values),
        (errors) => form.getInputNode(Object.keys(errors)[0] as 'name')?.focus(),
      )}
      noValidate
    >
      <Stack gap="md">
        <TextInput
          label={t('auth:fields.organization')}
          autoComplete="off"
          data-autofocus
          {...name}
          error={name.error ?? faults.name}
        />
        <Checkbox.Group
          label={t('auth:setUp.kind')}
          description={t('auth:setUp.kindText')}
          {...chosen}
          error={chosen.error ?? faults.kinds}
        >
          <Stack gap={6} my="xs">
            {kinds.map((value) => (
              <Checkbox key={value} value={value} label={kindName(value)} />
            ))}
          </Stack>
        </Checkbox.Group>
        {org === undefined && (
          <TextInput
            type="email"
            dir="ltr"
            inputMode="email"
            autoComplete="off"
            label={t('create.owner')}
            description={t('create.ownerText')}
            {...form.getInputProps('email')}
          />
        )}
        <FormError error={isOfField ? null : save.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t('common:actions.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {org === undefined ? t('create.submit') : t('common:actions.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
