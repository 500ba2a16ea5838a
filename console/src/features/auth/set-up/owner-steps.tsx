// The steps before the first sign-in: an account and an organization. Both are created at the end.
import { Button, Group, Radio, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, callAuth, unwrap } from '../../../api/client.ts';
import { type ConsoleConfig, configQuery } from '../../../api/config.ts';
import { ApiError } from '../../../api/problem.ts';
import { sessionQuery } from '../../../api/session.ts';
import { AuthForm, createChecks, EmailField, PasswordField } from '../auth-form.tsx';
import { forgetLinkToken } from '../link-token.ts';
import { forget, recall, remember } from '../tab-memory.ts';
import { SetUpCard } from './set-up-card.tsx';

interface Account {
  readonly name: string;
  readonly email: string;
  /** `undefined` after a reload, which forgets it. */
  readonly password: string | undefined;
}

/** What a reload keeps: the account without its password, and the step. */
const memory = 'set-up';

function recallAccount(): Account | undefined {
  const kept = recall(memory);
  return kept && { name: kept.name ?? '', email: kept.email ?? '', password: undefined };
}

interface NewOrganization {
  readonly name: string;
  readonly kind: string;
}

export function OwnerSteps({ token, config }: { readonly token: string; readonly config: ConsoleConfig }) {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [account, setAccount] = useState(recallAccount);
  const [step, setStep] = useState<'account' | 'organization'>(account === undefined ? 'account' : 'organization');
  const setUp = useMutation({
    async mutationFn({
      organization,
      owner,
    }: {
      organization: NewOrganization;
      owner: Account & { password: string };
    }) {
      try {
        await unwrap(api.POST('/api/setup', { body: { token, ...owner, organization } }));
      } catch (error) {
        // An earlier request may have succeeded although its answer was lost. Then the sign-in works.
        if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
      }
      await callAuth('POST', '/sign-in/email', { email: owner.email, password: owner.password });
    },
    async onSuccess() {
      forget(memory);
      forgetLinkToken();
      queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
      await navigate({ to: '/setup', search: { step: 'way' } });
      queryClient.setQueryData(configQuery.queryKey, { ...config, needsSetUp: false });
    },
    // Someone else may have finished the set-up.
    onError: () => queryClient.invalidateQueries({ queryKey: configQuery.queryKey }),
  });
  return step === 'account' || account === undefined ? (
    <SetUpCard step={1} title={t('setUp.title')} text={t('setUp.text')}>
      <AccountForm
        initial={account}
        onDone={(done) => {
          remember(memory, { name: done.name, email: done.email });
          setAccount(done);
          setStep('organization');
        }}
      />
    </SetUpCard>
  ) : (
    <SetUpCard step={2} title={t('setUp.organization')} text={t('setUp.organizationText')}>
      <OrganizationForm
        kinds={kindsOf(config)}
        error={setUp.error}
        isPending={setUp.isPending}
        onBack={() => setStep('account')}
        needsPassword={account.password === undefined}
        onDone={({ password, ...organization }) =>
          setUp.mutate({ organization, owner: { ...account, password: account.password ?? password } })
        }
      />
    </SetUpCard>
  );
}

function AccountForm({ initial, onDone }: { initial: Account | undefined; onDone: (account: Account) => void }) {
  const { t } = useTranslation('auth');
  const { t: common } = useTranslation();
  const checks = createChecks(t);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: initial?.name ?? '', email: initial?.email ?? '', password: initial?.password ?? '' },
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
  readonly needsPassword: boolean;
  /** `password` is empty unless it is needed. */
  readonly onDone: (organization: NewOrganization & { password: string }) => void;
}

function OrganizationForm({ kinds, error, isPending, onBack, needsPassword, onDone }: OrganizationFormProps) {
  const { t, i18n } = useTranslation('auth');
  const { t: common } = useTranslation();
  const form = useForm({
    initialValues: { name: '', kind: kinds[0] ?? 'standard', password: '' },
    validate: {
      name: createChecks(t).required,
      password: (password) => (needsPassword ? createChecks(t).newPassword(password) : null),
    },
  });
  const nameOf = (kind: string) =>
    i18n.exists(`auth:setUp.kinds.${kind}`) ? (t as (key: string) => string)(`setUp.kinds.${kind}`) : kind;
  return (
    <>
      <AuthForm
        onSubmit={form.onSubmit(({ name, kind, password }) => onDone({ name: name.trim(), kind, password }))}
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
        {needsPassword && (
          <>
            <Text size="sm">{t('setUp.passwordAgain')}</Text>
            <PasswordField input={form.getInputProps('password')} isNew />
          </>
        )}
      </AuthForm>
      <Button variant="subtle" color="gray" onClick={onBack}>
        {common('actions.back')}
      </Button>
    </>
  );
}

/** The kinds that the APIs require come first, so that the new organization can have keys. */
function kindsOf({ apis }: ConsoleConfig): readonly string[] {
  const wanted = apis.flatMap(({ orgKind }) => (orgKind === null ? [] : [orgKind]));
  return [...new Set([...wanted, 'standard'])];
}
