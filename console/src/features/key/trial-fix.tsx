// The fix of a refused trial: one click where the console can do it, else advice.
import { Alert, Button, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../api/problem.ts';
import type { AppliedKind, OrgDenial } from '../../entities/denials/denials-api.ts';
import { FixAdvice } from '../../entities/denials/fix-advice.tsx';
import {
  type Key,
  keyQuery,
  switchKey,
  type Trial,
  type TrialReply,
  updateKey,
} from '../../entities/keys/change/key-api.ts';
import { nameOfKey } from '../../entities/keys/change/key-words.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { useFormats } from '../../ui/formats.ts';

interface TrialFixProps {
  readonly apiKey: Key;
  readonly reply: TrialReply;
  readonly trial: Trial;
  readonly onFixed: () => void;
}

export function TrialFix({ apiKey, reply, trial, onFixed }: TrialFixProps) {
  const { canEdit } = useOrgScope();
  const { fix, reason } = reply;
  if (fix === null || reason === undefined) return null;
  if (fix.canApply) return canEdit ? <ApplyFix apiKey={apiKey} fix={fix} onFixed={onFixed} /> : <NoRight />;
  if (fix.isDone) return null;
  return <FixAdvice denial={toDenial(apiKey, reply, trial)} />;
}

function NoRight() {
  const { t } = useTranslation('denials');
  return (
    <Text size="sm" c="dimmed">
      {t('fix.noRight')}
    </Text>
  );
}

type TrialMend = NonNullable<TrialReply['fix']>;

function ApplyFix({ apiKey, fix, onFixed }: Pick<TrialFixProps, 'apiKey' | 'onFixed'> & { readonly fix: TrialMend }) {
  const { t } = useTranslation(['denials', 'key']);
  const formats = useFormats();
  const queryClient = useQueryClient();
  const kind = fix.kind as AppliedKind;
  const { address = '', endpoint = '', scope = '', expiresAt } = fix.params;
  const name = nameOfKey(apiKey);
  const words = { address, endpoint, scope, name, date: expiresAt === undefined ? '' : formats.date(expiresAt) };
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => mend(apiKey, fix),
    async onSuccess(mended) {
      queryClient.setQueryData(keyQuery(mended).queryKey, mended);
      const refresh = () => queryClient.invalidateQueries({ queryKey: ['org', apiKey.org] });
      const undo = kind === 'extend' ? undefined : () => unmend(mended, apiKey, kind).finally(refresh);
      sayDone(t(`fix.${kind}.done`, words), undo, { id: `mended-${apiKey.id}`, undone: t('fix.undone', { name }) });
      await refresh();
      onFixed();
    },
  });
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={3}>{t(`fix.${kind}.title`, words)}</Title>
      <Text size="sm">{t(`fix.${kind}.text`)}</Text>
      {error !== null && (
        <Alert color="red" role="alert">
          {describeError(error)}
        </Alert>
      )}
      <Button size="xs" loading={isPending} onClick={() => mutate()}>
        {t(`fix.${kind}.confirm`)}
      </Button>
    </Stack>
  );
}

function mend(key: Key, { kind, params }: TrialMend): Promise<Key> {
  const { address = '', endpoint = '', scope = '', expiresAt } = params;
  if (kind === 'enable') return switchKey(key, 'on');
  if (kind === 'add_address') return updateKey(key, { addresses: [...key.addresses, address] });
  if (kind === 'add_endpoint') return updateKey(key, { endpoints: [...key.endpoints, endpoint] });
  if (kind === 'add_scope') return updateKey(key, { scopes: [...key.scopes, scope] });
  return updateKey(key, expiresAt === undefined ? {} : { expiresAt });
}

function unmend(mended: Key, { addresses, endpoints, scopes }: Key, kind: AppliedKind): Promise<Key> {
  if (kind === 'enable') return switchKey(mended, 'off');
  const before = { add_address: { addresses }, add_endpoint: { endpoints }, add_scope: { scopes }, extend: {} }[kind];
  return updateKey(mended, before);
}

/** The advice describes a denial, so this makes the one that the request would have caused. */
function toDenial(key: Key, { reason, fix }: TrialReply, trial: Trial): OrgDenial {
  const at = new Date().toISOString();
  const { id, name, masked, environment, api } = key;
  return {
    id: 'trial',
    reason: reason as OrgDenial['reason'],
    api,
    key: { id, name, masked, environment },
    clientAddress: trial.clientIp ?? null,
    firstAt: at,
    lastAt: at,
    count: 1,
    method: trial.method ?? 'GET',
    path: trial.path ?? '/',
    fix: { ...(fix as TrialMend), text: '' },
  } as OrgDenial;
}
