// Deletes the reader's account for good, after their address was typed.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import { sessionQuery } from '../../api/session.ts';
import { useScope } from '../../entities/scope.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { Section } from '../../ui/section.tsx';
import { TypedConfirmDialog } from '../../ui/typed-confirm-dialog.tsx';
import { isStale, SignInAgain } from './sign-in-again.tsx';

export function DeleteSection() {
  const { t } = useTranslation('account');
  const { email } = useScope().session.person;
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);

  async function remove(): Promise<void> {
    await unwrap(api.POST('/api/session/account/delete', { body: { email } }));
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    await navigate({ to: '/sign-in' });
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'config' });
    sayDone(t('delete.done'));
  }

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
      {isOpen && (
        <TypedConfirmDialog
          onClose={() => setOpen(false)}
          title={t('delete.question')}
          texts={[t('delete.final'), t('delete.keys')]}
          label={t('delete.type', { email })}
          wanted={email}
          isAddress
          confirmLabel={t('delete.confirm')}
          onConfirm={remove}
          explain={(error) => isStale(error) && <SignInAgain error={error} />}
        />
      )}
    </Section>
  );
}
