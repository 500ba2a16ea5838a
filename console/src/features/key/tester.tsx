// Tries a request: the outcome of each check, the fix of the first failure, and the reply.
import { Alert, Button, NativeSelect, Paper, SimpleGrid, Text, TextInput, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconCircleCheck, IconCircleX, IconMinus, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Environment } from '../../api/config.ts';
import { describeError, fieldFaults } from '../../api/problem.ts';
import { type Key, type Trial, type TrialReply, testKey } from '../../entities/keys/change/key-api.ts';
import { useEnvironmentName } from '../../entities/keys/words.ts';
import { useApiScope } from '../../entities/scope.ts';
import type words from '../../i18n/en/index.ts';
import { announce } from '../../ui/announcer.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import classes from './key.module.css';
import { TrialFix } from './trial-fix.tsx';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

interface TesterProps {
  readonly apiKey: Key;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly clientIp: string;
  readonly referrer: string;
  readonly environment: Environment;
}

export function Tester({ apiKey }: TesterProps) {
  const { t } = useTranslation('key');
  const { api } = useApiScope();
  const environmentName = useEnvironmentName(api);
  const form = useRef<HTMLFormElement>(null);
  const { org, id, environment } = apiKey;
  const [request, setRequest] = useState<Request>(() => ({
    method: api.sample.method,
    path: api.sample.path,
    clientIp: apiKey.lastUsedAddress ?? apiKey.addresses.find((entry) => !entry.includes('/')) ?? '',
    referrer: '',
    environment,
  }));
  const { mutate, data, error, isPending, variables } = useMutation({
    mutationFn: (trial: Trial) => testKey({ org, id }, trial),
    onSuccess: ({ verdict }) => announce(t(`tester.${verdict}`)),
  });
  const faults = fieldFaults(error);
  const set = (part: Partial<Request>) => setRequest((current) => ({ ...current, ...part }));
  // With one host for both environments, the key decides the environment.
  const hasHosts = api.environments.length > 1 && api.baseUrls.live !== api.baseUrls.test;

  useEffect(() => {
    if (error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);

  function run(event?: FormEvent): void {
    event?.preventDefault();
    if (isPending) return;
    const { method, path, clientIp, referrer } = request;
    mutate({
      method,
      path: path.trim() === '' ? '/' : path.trim(),
      ...(clientIp.trim() !== '' && { clientIp: clientIp.trim() }),
      ...(referrer.trim() !== '' && { referrer: referrer.trim() }),
      ...(hasHosts && { environment: request.environment }),
    });
  }

  return (
    <Paper component="section" p="lg" className={classes.section} aria-labelledby="tester-title">
      <Title order={2} id="tester-title">
        {t('tester.title')}
      </Title>
      <Text c="dimmed" mb="md">
        {t('tester.text')}
      </Text>
      <form ref={form} onSubmit={run} noValidate>
        <div className={classes.requestLine}>
          <NativeSelect
            label={t('tester.method')}
            data={methods}
            value={request.method}
            onChange={({ currentTarget }) => set({ method: currentTarget.value })}
            dir="ltr"
          />
          <TextInput
            label={t('tester.path')}
            dir="ltr"
            value={request.path}
            onChange={({ currentTarget }) => set({ path: currentTarget.value })}
            placeholder={api.sample.path}
            spellCheck={false}
            autoComplete="off"
            error={faults.path}
          />
        </div>
        <SimpleGrid cols={{ base: 1, sm: 2 }} mt="sm" spacing="sm">
          <TextInput
            label={t('tester.address')}
            dir="ltr"
            value={request.clientIp}
            onChange={({ currentTarget }) => set({ clientIp: currentTarget.value })}
            placeholder="203.0.113.7"
            spellCheck={false}
            autoComplete="off"
            error={faults.clientIp}
          />
          {api.fields.referrers.offered && (
            <TextInput
              label={t('tester.referrer')}
              dir="ltr"
              value={request.referrer}
              onChange={({ currentTarget }) => set({ referrer: currentTarget.value })}
              placeholder="https://example.com/"
              spellCheck={false}
              autoComplete="off"
              error={faults.referrer}
            />
          )}
          {hasHosts && (
            <NativeSelect
              label={t('tester.environment')}
              data={api.environments.map((value) => ({ value, label: environmentName(value) }))}
              value={request.environment}
              onChange={({ currentTarget }) => set({ environment: currentTarget.value as Environment })}
            />
          )}
        </SimpleGrid>
        <Button type="submit" mt="md" variant="light" loading={isPending}>
          {t('tester.run')}
        </Button>
      </form>
      {error !== null && Object.keys(faults).length === 0 && (
        <Alert color="red" role="alert" mt="md">
          {describeError(error)}
        </Alert>
      )}
      {data !== undefined && variables !== undefined && (
        <Result apiKey={apiKey} reply={data} trial={variables} onFixed={() => run()} />
      )}
    </Paper>
  );
}

interface ResultProps extends TesterProps {
  readonly reply: TrialReply;
  readonly trial: Trial;
  readonly onFixed: () => void;
}

function Result({ apiKey, reply, trial, onFixed }: ResultProps) {
  const { t } = useTranslation(['key', 'denials']);
  const { verdict, reason, checks, reply: answer } = reply;
  const isAllowed = verdict === 'allowed';
  const VerdictIcon = isAllowed ? IconCircleCheck : IconCircleX;
  return (
    <div className={classes.result} data-verdict={verdict}>
      <div className={classes.verdict}>
        <VerdictIcon size={22} stroke={1.8} aria-hidden />
        <div>
          <Text fw={600}>{t(`tester.${verdict}`)}</Text>
          {reason !== undefined && <Text size="sm">{t(`denials:reasons.${reason}.text`)}</Text>}
        </div>
      </div>
      <div className={classes.outcome}>
        <ul className={classes.checks} aria-label={t('tester.checks')}>
          {checks.map((check) => (
            <CheckRow key={check.name} check={check} />
          ))}
        </ul>
        {!isAllowed && (
          <div className={classes.remedy}>
            <TrialFix apiKey={apiKey} reply={reply} trial={trial} onFixed={onFixed} />
            {answer !== null && (
              <div>
                <Text size="sm" fw={500} mb={4}>
                  {t('tester.answer', { status: String(answer.status) })}
                </Text>
                <CodeBlock code={prettify(answer.body)} label={t('tester.answerLabel')} />
              </div>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

const outcomes = {
  passed: { icon: IconCheck, color: 'accent' },
  refused: { icon: IconX, color: 'red' },
  not_reached: { icon: IconMinus, color: 'gray' },
} as const;

/** The checks that have words. A newer server may have others. */
type CheckName = keyof (typeof words)['key']['tester']['names'];

function CheckRow({ check: { name, outcome, reason } }: { readonly check: TrialReply['checks'][number] }) {
  const { t } = useTranslation(['key', 'denials']);
  const { icon: OutcomeIcon, color } = outcomes[outcome];
  return (
    <li data-outcome={outcome}>
      <ThemeIcon variant="light" color={color} size={22} radius="xl" aria-hidden>
        <OutcomeIcon size={14} stroke={2.2} />
      </ThemeIcon>
      <span>{t(`tester.names.${name as CheckName}`, { defaultValue: name })}</span>
      <Text size="sm" c="dimmed" component="span">
        {reason === undefined ? t(`tester.outcomes.${outcome}`) : t(`denials:reasons.${reason}.title`)}
      </Text>
    </li>
  );
}

function prettify(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
