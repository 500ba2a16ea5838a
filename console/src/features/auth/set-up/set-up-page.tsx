// The set-up. The printed token lets a person create the first account and its organization, check the server, and
// create a key.
import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { configQuery } from '../../../api/config.ts';
import { AuthCard, AuthLink } from '../auth-card.tsx';
import { AuthForm, createChecks } from '../auth-form.tsx';
import { keepLinkToken, useLinkToken } from '../link-token.ts';
import { OwnerSteps } from './owner-steps.tsx';
import { ServerStep } from './server-step.tsx';

const route = getRouteApi('/stranger/setup');

export function SetUpPage() {
  const { t } = useTranslation('auth');
  const { data: config } = useSuspenseQuery(configQuery);
  const { step } = route.useSearch();
  const linked = useLinkToken();
  const [typed, setTyped] = useState<string>();
  const token = linked ?? typed;
  if (step !== undefined) return <ServerStep key={step} step={step} />;
  if (!config.needsSetUp) {
    return (
      <AuthCard title={t('setUp.over.title')} text={t('setUp.over.text')}>
        <AuthLink to="/sign-in">{t('forgot.back')}</AuthLink>
      </AuthCard>
    );
  }
  return token === undefined ? <TokenForm onToken={setTyped} /> : <OwnerSteps token={token} config={config} />;
}

function TokenForm({ onToken }: { readonly onToken: (token: string) => void }) {
  const { t } = useTranslation('auth');
  const form = useForm({ initialValues: { token: '' }, validate: { token: createChecks(t).required } });
  return (
    <AuthCard title={t('setUp.noToken.title')} text={t('setUp.noToken.text')}>
      <AuthForm
        // A person may paste the whole link. The token is its end.
        onSubmit={form.onSubmit(({ token }) => {
          const typed = token.trim().replace(/^.*#token=/, '');
          keepLinkToken(typed);
          onToken(typed);
        })}
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
