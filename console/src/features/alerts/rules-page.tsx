// The rules of unusual activity: each with its text, its numbers and its switch. A preview comes before every change.
import { Badge, Button, Stack, Text } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { Facts } from '../../ui/facts.tsx';
import { lazyDialog } from '../../ui/lazy-part.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { Section } from '../../ui/section.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './alerts.module.css';
import { type Rule, rulesQuery, updateRule } from './alerts-api.ts';

const RuleDialog = lazyDialog(() => import('./rule-dialog.tsx'), 'RuleDialog', ['alerts']);

export function RulesPage() {
  const { t } = useTranslation('alerts');
  const { data: rules, error, refetch } = useQuery(rulesQuery);
  const [chosen, setChosen] = useState<Rule>();
  return (
    <>
      <AnchorLink to="/operator/alerts" className={classes.back}>
        <MirroredIcon icon={IconArrowLeft} size={16} />
        {t('setRules.back')}
      </AnchorLink>
      <PageHeader
        title={t('setRules.title')}
        description={t('setRules.description')}
        commands={{ page: 'alertRules' }}
      />
      {rules === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {rules === undefined && error === null && <SkeletonRows rows={8} height={64} />}
      <Stack gap="md">
        {rules?.map((rule) => (
          <RuleSection key={rule.id} rule={rule} onChange={() => setChosen(rule)} />
        ))}
      </Stack>
      {chosen !== undefined && <RuleDialog opened rule={chosen} onClose={() => setChosen(undefined)} />}
    </>
  );
}

function RuleSection({ rule, onChange }: { readonly rule: Rule; readonly onChange: () => void }) {
  const { t } = useTranslation('alerts');
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: rulesQuery.queryKey });
  const disable = useMutation({
    mutationFn: () => updateRule(rule.id, { on: false }),
    onSuccess: () =>
      sayDone(t('setRules.disabled'), () => updateRule(rule.id, { on: true }).finally(refresh), {
        undone: t('setRules.enabled'),
      }),
    onError: (error) => sayFault(describeError(error)),
    onSettled: refresh,
  });
  const name = t(`rules.${rule.id}.found`);
  return (
    <Section
      title={name}
      text={t(`rules.${rule.id}.when`)}
      aside={
        <Badge variant="light" color={rule.on ? 'accent' : 'gray'} className={classes.badge}>
          {t(rule.on ? 'setRules.on' : 'setRules.off')}
        </Badge>
      }
      actions={
        <>
          {rule.on && (
            <Button
              variant="default"
              loading={disable.isPending}
              onClick={() => disable.mutate()}
              aria-label={`${t('setRules.disable')}: ${name}`}
            >
              {t('setRules.disable')}
            </Button>
          )}
          <Button
            variant={rule.on ? 'default' : 'filled'}
            onClick={onChange}
            disabled={rule.missing !== null}
            aria-label={`${t(rule.on ? 'setRules.change' : 'setRules.enable')}: ${name}`}
          >
            {t(rule.on ? 'setRules.change' : 'setRules.enable')}
          </Button>
        </>
      }
    >
      {rule.missing !== null && (
        <Text size="sm" mb="xs">
          {t('setRules.missing', { setting: rule.missing })}
        </Text>
      )}
      <Facts
        facts={rule.settings.map(({ name: setting, value, unit }) => [
          t(`settings.${setting}.label`),
          t(`amounts.${unit}`, { count: value }),
        ])}
      />
    </Section>
  );
}
