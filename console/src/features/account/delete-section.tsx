// Deletes the reader's account for good, after their address was typed.
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import { sessionQuery } from '../../api/session.ts';
import { useScope } from '../../entities/scope.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { Section } from '../../ui/section.tsx';
import { isStale, SignInAgain } from './sign-in-again.tsx';

export function DeleteSection() {
  const { t } = useTranslation('account');
  const [isOpen, setOpen] = useState(false);
  return (
    <Section
      id="delete"
      title={t('delete.title')}
      text={t('delete.text')}
      isDangerous
      actions={
        <Button variant="outline" color="red" onClick={() => setOpen(true)}>
          {t('delete.open')}
        </Button>
      }
    >
      <ResponsiveDialog opened={isOpen} onClose={() => setOpen(false)} title={t('delete.question')} width={440}>
        <DeleteForm />
      </ResponsiveDialog>
    </Section>
  );
}

function DeleteForm() {
  const { t } = useTranslation('account');
  const { person } = useScope().session;
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  // Without the invisible marks of direction, which come along when the address is copied from the page.
  const email = typed
    .replace(/[\u2066-\u2069]/g, '')
    .trim()
    .toLowerCase();
  const remove = useMutation({
    mutationFn: () => unwrap(api.POST('/api/session/account/delete', { body: { email } })),
    async onSuccess() {
      queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
      await navigate({ to: '/sign-in' });
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'config' });
      sayDone(t('delete.done'));
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        remove.mutate();
      }}
    >
      <Stack gap="md">
        <Stack gap="xs">
          <span>{t('delete.final')}</span>
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
          data-autofocus
        />
        {isStale(remove.error) ? <SignInAgain error={remove.error} /> : <FormError error={remove.error} />}
        <Group justify="flex-end">
          <Button type="submit" color="red" loading={remove.isPending} disabled={email !== person.email}>
            {t('delete.confirm')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
