// Accepts an invitation with the token of a mail, as a new person or as the person who is signed in.
import { Button, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, callAuth, unwrap } from '../../api/client.ts';
import { sessionQuery } from '../../api/session.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { AuthCard, AuthLink } from './auth-card.tsx';
import { AuthForm, createChecks, PasswordField } from './auth-form.tsx';
import { forgetLinkToken, useLinkToken } from './link-token.ts';

export function InvitationPage() {
  const token = useLinkToken();
  // Another link starts anew.
  return <InvitationCard key={token} token={token} />;
}

function InvitationCard({ token }: { readonly token: string | undefined }) {
  const { t } = useTranslation('auth');
  const session = useQuery({ ...sessionQuery, retry: false });
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const person = session.data?.person;
  const accept = useMutation({
    gcTime: 0,
    mutationFn: (account: { name?: string; password?: string }) =>
      unwrap(api.POST('/api/invitations/accept', { body: { token: token ?? '', ...account } })),
    onSuccess: async ({ org, person: joined }, { password }) => {
      forgetLinkToken();
      sayDone(t('invitation.done', { organization: org.name }));
      const isSignedIn = password === undefined || (await signIn(joined.email, password));
      queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
      await navigate(isSignedIn ? { to: '/orgs/$org', params: { org: org.id } } : { to: '/sign-in' });
    },
  });

  if (token === undefined) {
    return (
      <AuthCard title={t('invitation.title')} text={t('invitation.noToken')}>
        <AuthLink to="/sign-in">{t('forgot.back')}</AuthLink>
      </AuthCard>
    );
  }
  if (session.isPending) return null;
  if (person !== undefined) {
    return (
      <AuthCard title={t('invitation.title')} text={t('invitation.knownText', { email: person.email })}>
        <AuthForm
          onSubmit={(event) => {
            event.preventDefault();
            accept.mutate({});
          }}
          error={accept.error}
          isPending={accept.isPending}
          submitLabel={t('invitation.submit')}
        >
          {null}
        </AuthForm>
      </AuthCard>
    );
  }
  return (
    <AuthCard title={t('invitation.title')} text={t('invitation.newText')}>
      <NewPersonForm onSubmit={(account) => accept.mutate(account)} error={accept.error} isPending={accept.isPending} />
      <Button
        variant="subtle"
        onClick={() => void navigate({ to: '/sign-in', search: { next: '/accept-invitation' } })}
      >
        {t('invitation.haveAccount')}
      </Button>
    </AuthCard>
  );
}

/** Whether the sign-in succeeded. If not, the person signs in on the page for it. */
function signIn(email: string, password: string): Promise<boolean> {
  return callAuth('POST', '/sign-in/email', { email, password }).then(
    () => true,
    () => false,
  );
}

interface NewPersonFormProps {
  readonly onSubmit: (account: { name: string; password: string }) => void;
  readonly error: unknown;
  readonly isPending: boolean;
}

function NewPersonForm({ onSubmit, error, isPending }: NewPersonFormProps) {
  const { t } = useTranslation('auth');
  const checks = createChecks(t);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', password: '' },
    validate: { name: checks.required, password: checks.newPassword },
  });
  return (
    <AuthForm
      onSubmit={form.onSubmit(onSubmit)}
      error={error}
      isPending={isPending}
      submitLabel={t('invitation.submit')}
    >
      <TextInput label={t('fields.name')} autoComplete="name" autoFocus {...form.getInputProps('name')} />
      <PasswordField input={form.getInputProps('password')} isNew />
    </AuthForm>
  );
}
