// The name and id of an organization, and how to leave it.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import { describeError, fieldFaults } from '../../api/problem.ts';
import { sessionQuery } from '../../api/session.ts';
import { useAdminFault } from '../../entities/people/admin-fault.ts';
import { useKindName } from '../../entities/people/kind-name.ts';
import { LeaveDialog } from '../../entities/people/leave-dialog.tsx';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { useFormats } from '../../ui/formats.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { Ltr } from '../../ui/ltr.tsx';
import { Section } from '../../ui/section.tsx';
import classes from './settings.module.css';

export function SettingsPage() {
  const { t } = useTranslation('settings');
  const { org, role } = useOrgScope();
  return (
    <>
      <PageHeader title={t('title')} commands={{ page: 'settings', org }} />
      <Stack gap="lg" maw="46rem">
        <General key={org.id} />
        <Section
          title={t('personal.title')}
          text={t('personal.text')}
          actions={
            <ButtonLink to="/account" hash="appearance" variant="default">
              {t('personal.open')}
            </ButtonLink>
          }
        />
        {role !== undefined && <Danger />}
      </Stack>
    </>
  );
}

function General() {
  const { t } = useTranslation(['settings', 'common', 'auth']);
  const { org } = useOrgScope();
  const formats = useFormats();
  const kindName = useKindName();
  const fault = useAdminFault();
  const queryClient = useQueryClient();
  const rename = (name: string) =>
    unwrap(api.PATCH('/api/orgs/{org}', { params: { path: { org: org.id } }, body: { name } }));
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }),
      queryClient.invalidateQueries({ queryKey: ['org', org.id] }),
    ]);
  const form = useForm({
    initialValues: { name: org.name },
    validate: { name: (name) => (name.trim() === '' ? t('auth:faults.required') : null) },
  });
  const save = useMutation({
    mutationFn: ({ name }: { name: string }) => rename(name.trim()),
    async onSuccess({ name }) {
      const before = org.name;
      sayDone(t('general.renamed', { name }), async () => {
        await rename(before);
        form.setInitialValues({ name: before });
        form.setValues({ name: before });
        await refresh();
      });
      form.setInitialValues({ name });
      form.setValues({ name });
      await refresh();
    },
  });
  const name = form.getInputProps('name');
  const error =
    name.error ?? (save.error === null ? null : (fieldFaults(save.error).name ?? describeError(save.error)));
  return (
    <Section title={t('general.title')}>
      <Stack gap="lg">
        <form
          onSubmit={form.onSubmit(
            (values) => save.mutate(values),
            () => form.getInputNode('name')?.focus(),
          )}
          noValidate
        >
          <Group align="flex-start" gap="sm" className={classes.name}>
            <TextInput
              flex="1 1 16rem"
              label={t('auth:fields.organization')}
              autoComplete="organization"
              readOnly={fault !== undefined}
              maxLength={400}
              {...name}
              error={error}
            />
            {fault === undefined ? (
              <Button type="submit" loading={save.isPending} disabled={!form.isDirty()} className={classes.beside}>
                {t('common:actions.save')}
              </Button>
            ) : (
              <GuardedButton fault={fault} onClick={() => undefined} className={classes.beside}>
                {t('common:actions.save')}
              </GuardedButton>
            )}
          </Group>
        </form>
        <dl className={classes.facts}>
          <dt>{t('general.id')}</dt>
          <dd>
            <Group gap={4} wrap="nowrap" className={classes.line}>
              <span className={classes.id}>
                <Ltr mono>{org.id}</Ltr>
              </span>
              <CopyButton text={org.id} label={t('general.copyId')} />
            </Group>
          </dd>
          <dt>{t('general.kind')}</dt>
          <dd>
            {formats.list(org.kinds.map(kindName))}
            <Text size="sm" c="dimmed">
              {t('general.kindText')}
            </Text>
          </dd>
          <dt>{t('general.since')}</dt>
          <dd>{formats.date(org.createdAt)}</dd>
        </dl>
      </Stack>
    </Section>
  );
}

function Danger() {
  const { t } = useTranslation('settings');
  const [isLeaving, setLeaving] = useState(false);
  return (
    <Section
      isDangerous
      title={t('danger.leave')}
      text={t('danger.leaveText')}
      actions={
        <Button color="red" variant="light" onClick={() => setLeaving(true)}>
          {t('danger.leaveOpen')}
        </Button>
      }
    >
      <LeaveDialog opened={isLeaving} onClose={() => setLeaving(false)} />
    </Section>
  );
}
