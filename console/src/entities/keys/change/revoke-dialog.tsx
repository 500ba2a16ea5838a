// Revokes a key, in the vendor's word, after it shows who uses it. A key in use takes more effort.
import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../../api/problem.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { sayDone } from '../../../ui/done-toast.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { Ltr } from '../../../ui/ltr.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { useApiScope } from '../../scope.ts';
import { revokeKey } from '../api/revoke-key.ts';
import { isInUse, TypeTail, tailOf } from '../type-tail.tsx';
import { useWords } from '../words.ts';
import classes from './change.module.css';
import { type Key, keyQuery, previewChange } from './key-api.ts';
import { nameOfKey } from './key-words.ts';

interface RevokeDialogProps {
  readonly apiKey: Key;
  readonly onClose: () => void;
}

const dayMs = 86_400_000;
const quietDays = 30;

export function RevokeDialog({ apiKey, onClose }: RevokeDialogProps) {
  const { api } = useApiScope();
  const { t } = useTranslation(['key', 'common']);
  const queryClient = useQueryClient();
  const formats = useFormats();
  const nowMs = useNow();
  const words = useWords();
  const [isTyped, setTyped] = useState(false);
  const { org, id, lastUsedAt, createdAt } = apiKey;
  const { revokeWord } = api.actions;
  const name = nameOfKey(apiKey);
  const tail = tailOf(apiKey);
  const impact = useQuery({
    queryKey: ['org', org, 'keys', 'revocation', id],
    queryFn: () => previewChange({ org, id }, { action: 'revoke' }),
    staleTime: 0,
    gcTime: 0,
  });

  const sinceUseMs = lastUsedAt === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(lastUsedAt);
  const isUsed = isInUse(apiKey, nowMs) || (impact.data?.requests.lastDay.allowed ?? 0) > 0;
  const isQuiet = sinceUseMs > quietDays * dayMs;
  const addresses = [...new Set((impact.data?.uses ?? []).flatMap(({ address }) => address ?? []))];

  async function revoke(): Promise<void> {
    const revoked = await revokeKey(org, id);
    queryClient.setQueryData(keyQuery({ org, id }).queryKey, revoked);
    sayDone(t(`revoke.${revokeWord}.done`, { name }));
    void queryClient.invalidateQueries({ queryKey: ['org', org] });
  }

  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t(`revoke.${revokeWord}.question`, { name })}
      confirmLabel={words.revoke ?? t(`revoke.${revokeWord}.button`)}
      onConfirm={revoke}
      canConfirm={!impact.isPending && (!isUsed || isTyped)}
    >
      <Stack gap="md">
        <Text>{t('revoke.final')}</Text>
        {isQuiet ? (
          <Text c="dimmed">
            {lastUsedAt === null ? t('revoke.neverUsed', { date: formats.date(createdAt) }) : t('revoke.quiet')}
          </Text>
        ) : impact.isPending ? (
          <Skeleton h={92} />
        ) : (
          <dl className={classes.stakes}>
            <dt>{t('facts.lastUsed')}</dt>
            <dd>
              <RelativeTime at={lastUsedAt} />
            </dd>
            {impact.data !== undefined && (
              <>
                <dt>{t('revoke.lastDay')}</dt>
                <dd>{t('revoke.requests', { count: impact.data.requests.lastDay.allowed })}</dd>
              </>
            )}
            {addresses.length > 0 && (
              <>
                <dt>{t('revoke.usedFrom')}</dt>
                <dd>
                  {addresses.map((address) => (
                    <div key={address}>
                      <Ltr mono>{address}</Ltr>
                    </div>
                  ))}
                </dd>
              </>
            )}
          </dl>
        )}
        {impact.error !== null && <Alert color="yellow">{describeError(impact.error)}</Alert>}
        {isUsed && (
          <TypeTail label={t('revoke.type', { tail })} why={t('revoke.typeWhy')} tail={tail} onTyped={setTyped} />
        )}
      </Stack>
    </ConfirmDialog>
  );
}
