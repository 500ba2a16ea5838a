// Accepts an invitation with the token of a mail, as a new person or as the person who is signed in.
import { Button, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, callAuth, unwrap } from '../../api/client.ts';
import { describeError } from '../../api/problem.ts';
import type { components } from '../../api/schema.ts';
import { sessionQuery } from '../../api/session.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { useFormats } from '../../ui/formats.ts';
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
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => unwrap(api.POST('/api/invitations/read', { body: { token: token ?? '' } })),
    enabled: token !== undefined,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
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
      <AuthCard title={t('invitation.failedTitle')} text={t('invitation.noToken')}>
        <AuthLink to="/sign-in">{t('forgot.back')}</AuthLink>
      </AuthCard>
    );
  }
  if (session.isPending || invitation.isPending) return null;
  if (invitation.data === undefined) {
    return (
      <AuthCard title={t('invitation.failedTitle')} text={describeError(invitation.error)}>
        <AuthLink to="/sign-in">{t('forgot.back')}</AuthLink>
      </AuthCard>
    );
  }
  const facts = <InvitationFacts {...invitation.data} />;
  if (person !== undefined) {
    return (
      <AuthCard title={t('invitation.title')} text={facts}>
        <Text>{t('invitation.knownText', { email: person.email })}</Text>
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
    <AuthCard title={t('invitation.title')} text={facts}>
      <Text>{t('invitation.newText', { email: invitation.data.email })}</Text>
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

type Facts = components['schemas']['ShownInvitation'];

/** Who invites, to what, as which role, until when. */
function InvitationFacts({ inviter, organization, role, expiresAt }: Facts) {
  const { t } = useTranslation(['auth', 'common']);
  const formats = useFormats();
  const named = { organization, role: t(`common:roles.${role}`) };
  return (
    <>
      {inviter === null ? t('invitation.byOperator', named) : t('invitation.byMember', { inviter, ...named })}
      <br />
      {t('invitation.expires', { date: formats.date(expiresAt) })}
    </>
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
