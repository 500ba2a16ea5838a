// Which notifications are mailed to the reader, and when.
import { NativeSelect, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sayDone } from '../../ui/done-toast.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { useFormats } from '../../ui/formats.ts';
import { Section } from '../../ui/section.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './account.module.css';
import { changeSettings, settingsQuery, type Timing } from './account-queries.ts';
import { Choice } from './choice.tsx';

const timings = ['at_once', 'daily', 'never'] as const satisfies readonly Timing[];

export function NotificationsSection() {
  const { t } = useTranslation('account');
  const queryClient = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(settingsQuery);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const save = useMutation({
    // The summary follows the clock of the browser that chose it.
    mutationFn: (change: Parameters<typeof changeSettings>[0]) => changeSettings({ ...change, timeZone }),
    onSuccess(settings) {
      queryClient.setQueryData(settingsQuery.queryKey, settings);
      sayDone(t('notifications.saved'));
    },
  });
  return (
    <Section id="notifications" title={t('notifications.title')} text={t('notifications.text')}>
      {isPending && <SkeletonRows rows={3} height={48} />}
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data !== undefined && (
        <Stack gap="md">
          {data.kinds.length === 0 && <Text c="dimmed">{t('notifications.none')}</Text>}
          {data.kinds.map(({ kind, timing }) => (
            <Choice<Timing>
              key={kind}
              label={t(`notifications.kinds.${kind}`)}
              value={timing}
              onChange={(chosen) => save.mutate({ timings: { [kind]: chosen } })}
              data={timings.map((value) => ({ value, label: t(`notifications.timings.${value}`) }))}
            />
          ))}
          <HourSelect hour={data.digestHour} zone={timeZone} onChange={(digestHour) => save.mutate({ digestHour })} />
          <FormError error={save.error} />
        </Stack>
      )}
    </Section>
  );
}

interface HourSelectProps {
  readonly hour: number;
  readonly zone: string;
  readonly onChange: (hour: number) => void;
}

function HourSelect({ hour, zone, onChange }: HourSelectProps) {
  const { t } = useTranslation('account');
  const { locale } = useFormats();
  const format = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
  const hours = Array.from({ length: 24 }, (_, each) => ({
    value: String(each),
    label: format.format(Date.UTC(2026, 0, 1, each)),
  }));
  return (
    <NativeSelect
      label={t('notifications.hour')}
      description={t('notifications.hourText', { zone })}
      className={classes.form}
      data={hours}
      value={String(hour)}
      onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
    />
  );
}
