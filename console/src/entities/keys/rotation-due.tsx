// Marks a key whose secret has reached the age at which the API asks for a new one.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../ui/use-now.ts';
import { useApiScope } from '../scope.ts';
import type { Key } from './key-status.tsx';

const dayMs = 86_400_000;

/** The age of the secret in whole days, if it is due for rotation. */
export function useRotationDue({
  status,
  secretCreatedAt,
}: Pick<Key, 'status' | 'secretCreatedAt'>): number | undefined {
  const { rotateAfterDays } = useApiScope().api;
  const days = Math.floor((useNow() - Date.parse(secretCreatedAt)) / dayMs);
  const isLiving = status === 'active' || status === 'disabled';
  return isLiving && rotateAfterDays !== null && days >= rotateAfterDays ? days : undefined;
}

export function RotationDue({ apiKey }: { readonly apiKey: Key }) {
  const { t } = useTranslation('keys');
  if (useRotationDue(apiKey) === undefined) return null;
  return (
    <Text component="div" size="sm" c="var(--sandbox-text)" style={{ whiteSpace: 'nowrap' }}>
      {t('list.rotationDue')}
    </Text>
  );
}
