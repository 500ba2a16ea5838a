// Creates an organization and invites its first owner, or changes its name, kinds and annotations.

import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError, fieldFaults } from '../../../api/problem.ts';
import { type Organization, sessionQuery } from '../../../api/session.ts';
import { EntriesField, ExternalIdField, LabelsField } from '../../../entities/keys/fields/annotation-fields.tsx';
import { changedMetadata, readEntry, toEntries } from '../../../entities/keys/fields/key-values.ts';
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
  const { t } = useTranslation(['operator', 'auth', 'common', 'keys']);
  const { config } = useScope();
  const kindName = useKindName();
  const queryClient = useQueryClient();
  const kinds = [
    ...new Set(['standard', ...config.apis.flatMap(({ orgKind }) => orgKind ?? []), ...(org?.kinds ?? [])]),
  ];
  const metadata = toEntries(org?.metadata ?? {});
  const form = useForm({
    initialValues: {
      name: org?.name ?? '',
      kinds: org?.kinds ?? ['standard'],
      email: '',
      tags: org?.tags ?? [],
      metadata,
      externalId: org?.externalId ?? '',
    },
    validate: {
      name: (name) => (name.trim() === '' ? t('auth:faults.required') : null),
      kinds: (chosen) => (chosen.length === 0 ? t('auth:faults.required') : null),
      metadata(entries) {
        const odd = entries.find((entry) => readEntry(entry) === undefined);
        return odd === undefined ? null : t('keys:faults.metadata', { entry: odd });
      },
      email: (email) => (email.trim() === '' || isEmailAddress(email) ? null : t('auth:faults.email')),
    },
  });
  const save = useMutation({
    async mutationFn({ name, kinds: chosen, email, tags, metadata: entries, externalId }: typeof form.values) {
      const changed = changedMetadata(entries, metadata);
      const wanted = {
        ...{ name: name.trim(), kinds: chosen, tags },
        ...(Object.keys(changed).length > 0 && { metadata: changed }),
        externalId: externalId.trim() || null,
      };
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
  /** The fault of a field, or of an entry in it. */
  const faultOf = (field: string) =>
    Object.entries(faults).find(([path]) => path.replace(/[[.].*$/, '') === field)?.[1];
  const isOfField = ['name', 'kinds', 'tags', 'metadata', 'externalId'].some((field) => faultOf(field) !== undefined);
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
        <LabelsField
          value={form.values.tags}
          onChange={(tags) => form.setFieldValue('tags', tags)}
          error={faultOf('tags')}
          hint={t('annotations.tags')}
        />
        <EntriesField
          value={form.values.metadata}
          onChange={(entries) => form.setFieldValue('metadata', entries)}
          error={form.errors.metadata?.toString() ?? faultOf('metadata')}
          hint={t('annotations.metadata')}
        />
        <ExternalIdField
          value={form.values.externalId}
          onChange={(externalId) => form.setFieldValue('externalId', externalId)}
          error={faultOf('externalId')}
          hint={t('annotations.externalId')}
        />
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
