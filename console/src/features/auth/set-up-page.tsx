// The first run: whoever has the token that was printed makes the first account and its organization, and is signed in.
import { Button, Group, Progress, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, callAuth, unwrap } from '../../api/client.ts';
import { type ConsoleConfig, configQuery } from '../../api/config.ts';
import { sessionQuery } from '../../api/session.ts';
import { AuthCard, AuthLink } from './auth-card.tsx';
import { AuthForm, createChecks, EmailField, PasswordField } from './auth-form.tsx';
import { useLinkToken } from './link-token.ts';

interface Account {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

interface NewOrganization {
  readonly name: string;
  readonly kind: string;
}

export function SetUpPage() {
  const { t } = useTranslation('auth');
  const { data: config } = useSuspenseQuery(configQuery);
  const linked = useLinkToken();
  const [typed, setTyped] = useState<string>();
  const token = linked ?? typed;
  if (!config.needsSetUp) {
    return (
      <AuthCard title={t('setUp.over.title')} text={t('setUp.over.text')}>
        <AuthLink to="/sign-in">{t('forgot.back')}</AuthLink>
      </AuthCard>
    );
  }
  return token === undefined ? <TokenForm onToken={setTyped} /> : <Steps token={token} config={config} />;
}

function TokenForm({ onToken }: { readonly onToken: (token: string) => void }) {
  const { t } = useTranslation('auth');
  const form = useForm({ initialValues: { token: '' }, validate: { token: createChecks(t).required } });
  return (
    <AuthCard title={t('setUp.noToken.title')} text={t('setUp.noToken.text')}>
      <AuthForm
        onSubmit={form.onSubmit(({ token }) => onToken(token.trim()))}
        error={null}
        isPending={false}
        submitLabel={t('setUp.noToken.submit')}
      >
        <TextInput
          dir="ltr"
          autoComplete="off"
          label={t('setUp.noToken.field')}
          autoFocus
          {...form.getInputProps('token')}
        />
      </AuthForm>
    </AuthCard>
  );
}

function Steps({ token, config }: { readonly token: string; readonly config: ConsoleConfig }) {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [account, setAccount] = useState<Account>();
  const [step, setStep] = useState<'account' | 'organization'>('account');
  const setUp = useMutation({
    mutationFn: async ({ organization, owner }: { organization: NewOrganization; owner: Account }) => {
      await unwrap(api.POST('/api/setup', { body: { token, ...owner, organization } }));
      await callAuth('POST', '/sign-in/email', { email: owner.email, password: owner.password });
    },
    onSuccess: async () => {
      queryClient.setQueryData(configQuery.queryKey, { ...config, needsSetUp: false });
      queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
      await navigate({ to: '/' });
    },
  });
  const at = step === 'account' ? 1 : 2;
  const progress = (
    <Stack gap={6}>
      <Text size="sm" c="dimmed">
        {t('setUp.step', { step: at, total: 2 })}
      </Text>
      <Progress value={at * 50} size="xs" aria-label={t('setUp.step', { step: at, total: 2 })} />
    </Stack>
  );
  return step === 'account' || account === undefined ? (
    <AuthCard title={t('setUp.title')} text={t('setUp.text')}>
      {progress}
      <AccountForm
        initial={account}
        onDone={(done) => {
          setAccount(done);
          setStep('organization');
        }}
      />
    </AuthCard>
  ) : (
    <AuthCard title={t('setUp.organization')} text={t('setUp.organizationText')}>
      {progress}
      <OrganizationForm
        kinds={kindsOf(config)}
        error={setUp.error}
        isPending={setUp.isPending}
        onBack={() => setStep('account')}
        onDone={(organization) => setUp.mutate({ organization, owner: account })}
      />
    </AuthCard>
  );
}

function AccountForm({ initial, onDone }: { initial: Account | undefined; onDone: (account: Account) => void }) {
  const { t } = useTranslation('auth');
  const { t: common } = useTranslation();
  const checks = createChecks(t);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: initial ?? { name: '', email: '', password: '' },
    validate: { name: checks.required, email: checks.email, password: checks.newPassword },
  });
  return (
    <AuthForm
      onSubmit={form.onSubmit(({ name, email, password }) =>
        onDone({ name: name.trim(), email: email.trim(), password }),
      )}
      error={null}
      isPending={false}
      submitLabel={common('actions.continue')}
    >
      <TextInput label={t('fields.name')} autoComplete="name" autoFocus {...form.getInputProps('name')} />
      <EmailField input={form.getInputProps('email')} />
      <PasswordField input={form.getInputProps('password')} isNew />
    </AuthForm>
  );
}

interface OrganizationFormProps {
  readonly kinds: readonly string[];
  readonly error: unknown;
  readonly isPending: boolean;
  readonly onBack: () => void;
  readonly onDone: (organization: NewOrganization) => void;
}

function OrganizationForm({ kinds, error, isPending, onBack, onDone }: OrganizationFormProps) {
  const { t, i18n } = useTranslation('auth');
  const { t: common } = useTranslation();
  const form = useForm({
    initialValues: { name: '', kind: kinds[0] ?? 'standard' },
    validate: { name: createChecks(t).required },
  });
  const nameOf = (kind: string) =>
    i18n.exists(`auth:setUp.kinds.${kind}`) ? (t as (key: string) => string)(`setUp.kinds.${kind}`) : kind;
  return (
    <>
      <AuthForm
        onSubmit={form.onSubmit(({ name, kind }) => onDone({ name: name.trim(), kind }))}
        error={error}
        isPending={isPending}
        submitLabel={t('setUp.submit')}
      >
        <TextInput
          label={t('fields.organization')}
          autoComplete="organization"
          autoFocus
          {...form.getInputProps('name')}
        />
        {kinds.length > 1 && (
          <Radio.Group
            label={t('setUp.kind')}
            description={t('setUp.kindText')}
            inputWrapperOrder={['label', 'description', 'input', 'error']}
            {...form.getInputProps('kind')}
          >
            <Group mt="xs">
              {kinds.map((kind) => (
                <Radio key={kind} value={kind} label={nameOf(kind)} />
              ))}
            </Group>
          </Radio.Group>
        )}
      </AuthForm>
      <Button variant="subtle" color="gray" onClick={onBack}>
        {common('actions.back')}
      </Button>
    </>
  );
}

/** The kinds that the APIs of this console ask for come first, so that keys can be made in what is set up here. */
function kindsOf({ apis }: ConsoleConfig): readonly string[] {
  const wanted = apis.flatMap(({ orgKind }) => (orgKind === null ? [] : [orgKind]));
  return [...new Set([...wanted, 'standard'])];
}
