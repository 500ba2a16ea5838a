// The reader's name and e-mail address. A mail confirms the address.
import { Alert, Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { fieldFaults } from '../../api/problem.ts';
import { sessionQuery } from '../../api/session.ts';
import { useScope } from '../../entities/scope.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { Ltr } from '../../ui/ltr.tsx';
import { Section } from '../../ui/section.tsx';
import classes from './account.module.css';

export function ProfileSection() {
  const { t } = useTranslation(['account', 'common', 'auth']);
  const { person } = useScope().session;
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { name: person.name },
    validate: { name: (name) => (name.trim() === '' ? t('auth:faults.required') : null) },
  });
  const save = useMutation({
    mutationFn: ({ name }: { name: string }) => callAuth('POST', '/update-user', { name: name.trim() }),
    async onSuccess(_, { name }) {
      sayDone(t('profile.saved'));
      form.setInitialValues({ name });
      form.reset();
      await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  });
  const name = form.getInputProps('name');
  const ofField = fieldFaults(save.error).name;
  return (
    <Section title={t('profile.title')}>
      <form
        onSubmit={form.onSubmit(
          (values) => save.mutate(values),
          () => form.getInputNode('name')?.focus(),
        )}
        noValidate
      >
        <Stack gap="md" className={classes.form}>
          <TextInput label={t('auth:fields.name')} autoComplete="name" {...name} error={name.error ?? ofField} />
          <div>
            <Text fw={500} size="sm" mb={2}>
              {t('auth:fields.email')}
            </Text>
            <Group gap="xs">
              <Ltr>{person.email}</Ltr>
              {person.emailVerified && (
                <Badge variant="light" className={classes.badge}>
                  {t('profile.confirmed')}
                </Badge>
              )}
            </Group>
          </div>
          <FormError error={ofField === undefined ? save.error : null} />
          <div>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {t('common:actions.save')}
            </Button>
          </div>
        </Stack>
      </form>
      {!person.emailVerified && <Unconfirmed />}
    </Section>
  );
}

function Unconfirmed() {
  const { t } = useTranslation('account');
  const { config } = useScope();
  const send = useMutation({
    mutationFn: () => callAuth('POST', '/send-verification-email', {}),
    onSuccess: () => sayDone(config.mail ? t('profile.confirmSent') : t('profile.confirmInFile')),
  });
  return (
    <Stack gap="sm" mt="md">
      <Alert color="yellow" variant="light" title={t('profile.unconfirmed')}>
        <Group justify="space-between" gap="sm">
          <Text size="sm" flex="1 1 14rem">
            {t('profile.unconfirmedText')}
          </Text>
          <Button size="xs" variant="default" loading={send.isPending} onClick={() => send.mutate()}>
            {t('profile.confirm')}
          </Button>
        </Group>
      </Alert>
      <FormError error={send.error} />
    </Stack>
  );
}
