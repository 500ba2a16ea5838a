// When a key expires. The colour warns as the date comes closer.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { useNow } from '../../ui/use-now.ts';
import classes from './expiry.module.css';

const dayMs = 86_400_000;
const soonDays = 14;
const nearDays = 3;

/** `at`: ISO 8601. `null`: it never expires. Amber from 14 days before, red from 3. */
export function Expiry({ at }: { readonly at: string | null }) {
  const { t } = useTranslation('keys');
  const nowMs = useNow();
  if (at === null) return <Text c="dimmed">{t('expiry.never')}</Text>;
  const leftMs = new Date(at).getTime() - nowMs;
  const color =
    leftMs <= nearDays * dayMs
      ? 'var(--mantine-color-error)'
      : leftMs <= soonDays * dayMs
        ? 'var(--sandbox-text)'
        : undefined;
  return (
    <Text component="span" className={classes.expiry} {...(color !== undefined && { c: color, fw: 500 })}>
      <RelativeTime at={at} />
    </Text>
  );
}
