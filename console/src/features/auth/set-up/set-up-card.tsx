// The card of one step, with the progress of the set-up.
import { Progress, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AuthCard } from '../auth-card.tsx';

const total = 4;

interface SetUpCardProps {
  /** Counts from 1. */
  readonly step: number;
  readonly title: string;
  readonly text: string;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

export function SetUpCard({ step, title, text, isWide = false, children }: SetUpCardProps) {
  const { t } = useTranslation('auth');
  return (
    <AuthCard title={title} text={text} isWide={isWide}>
      <Stack gap={6}>
        <Text size="sm" c="dimmed">
          {t('setUp.step', { step, total })}
        </Text>
        <Progress value={(step / total) * 100} size="xs" aria-label={t('setUp.step', { step, total })} />
      </Stack>
      {children}
    </AuthCard>
  );
}
