// Revokes several keys: asks once, shows the progress, and names the failures.
import { Alert, Button, Group, List, Progress, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describeError } from '../../../api/problem.ts';
import { type KeyRow, keysQueryKey } from '../../../entities/keys/api/list-keys.ts';
import { revokeKey } from '../../../entities/keys/api/revoke-key.ts';
import { isInUse, TypeTail, tailOf } from '../../../entities/keys/type-tail.tsx';
import { useWords } from '../../../entities/keys/words.ts';
import { useApiScope } from '../../../entities/scope.ts';
import { sayDone } from '../../../ui/done-toast.tsx';
import { Name } from '../../../ui/ltr.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { ResponsiveDialog } from '../../../ui/responsive-dialog.tsx';
import { useNow } from '../../../ui/use-now.ts';

interface BulkRevokeProps {
  /** At least one. */
  readonly keys: readonly KeyRow[];
  readonly onClose: () => void;
  /** Called with the ids of the keys that could not be revoked. */
  readonly onDone: (left: ReadonlySet<string>) => void;
}

const namesShown = 5;
const atOnce = 4;

export function BulkRevoke({ keys, onClose, onDone }: BulkRevokeProps) {
  const { org, api } = useApiScope();
  const { t } = useTranslation(['keys', 'common']);
  const words = useWords();
  const queryClient = useQueryClient();
  const [done, setDone] = useState<number>();
  const [failures, setFailures] = useState<readonly { readonly key: KeyRow; readonly error: unknown }[]>([]);
  const isRunning = done !== undefined && done < keys.length;
  const verb = api.actions.revokeWord;
  const nowMs = useNow();
  // The one that was used last is first.
  const used = keys
    .filter((key) => isInUse(key, nowMs))
    .toSorted((a, b) => Date.parse(b.lastUsedAt ?? '') - Date.parse(a.lastUsedAt ?? ''));
  const [lastUsed] = used;
  const [isTyped, setTyped] = useState(false);
  const shown = [...used, ...keys.filter((key) => !used.includes(key))].slice(0, namesShown);

  async function run(): Promise<void> {
    setDone(0);
    const waiting = [...keys];
    const failed: { key: KeyRow; error: unknown }[] = [];
    const work = async () => {
      for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
        try {
          await revokeKey(org.id, key.id);
        } catch (error) {
          failed.push({ key, error });
        }
        setDone((count = 0) => count + 1);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await queryClient.invalidateQueries({ queryKey: keysQueryKey(org.id) });
    const ended = keys.length - failed.length;
    if (ended > 0) sayDone(t(`bulk.done.${verb}`, { count: ended }));
    onDone(new Set(failed.map(({ key }) => key.id)));
    if (failed.length === 0) onClose();
    else setFailures(failed);
  }

  return (
    <ResponsiveDialog
      opened
      onClose={() => {
        if (!isRunning) onClose();
      }}
      title={t(`bulk.title.${verb}`, { count: keys.length })}
      width={480}
    >
      <Stack gap="md">
        {done === undefined && (
          <>
            <List size="sm" spacing={2}>
              {shown.map((key) => (
                <List.Item key={key.id}>
                  <Name>{key.name || key.masked}</Name>
                  {used.includes(key) && (
                    <Text span size="sm" c="dimmed">
                      {' '}
                      <RelativeTime at={key.lastUsedAt} />
                    </Text>
                  )}
                </List.Item>
              ))}
              {keys.length > namesShown && <List.Item>{t('bulk.more', { count: keys.length - namesShown })}</List.Item>}
            </List>
            {used.length > 0 && (
              <Alert color="red" variant="light">
                {t('bulk.used', { count: used.length })}
              </Alert>
            )}
            <Text>{t('bulk.final', { count: keys.length })}</Text>
            {lastUsed !== undefined && (
              <TypeTail
                label={t('bulk.type', { tail: tailOf(lastUsed) })}
                why={t('bulk.typeWhy', { count: used.length, name: lastUsed.name || lastUsed.masked })}
                tail={tailOf(lastUsed)}
                onTyped={setTyped}
              />
            )}
          </>
        )}
        {isRunning && (
          <div>
            <Text mb="xs" role="status">
              {t('bulk.progress', { done, total: keys.length })}
            </Text>
            <Progress value={(done / keys.length) * 100} aria-label={t('bulk.progressLabel')} />
          </div>
        )}
        {failures.length > 0 && (
          <Alert color="red" role="alert" title={t('bulk.failed', { count: failures.length })}>
            {failures.slice(0, namesShown).map(({ key, error }) => (
              <div key={key.id}>
                <Name>{key.name || key.masked}</Name>: {describeError(error)}
              </div>
            ))}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} disabled={isRunning} data-autofocus>
            {failures.length > 0 ? t('common:actions.close') : t('common:actions.cancel')}
          </Button>
          {failures.length === 0 && (
            <Button
              color="red"
              loading={isRunning}
              disabled={lastUsed !== undefined && !isTyped}
              onClick={() => void run()}
            >
              {words.revoke ?? t(`bulk.confirm.${verb}`)}
            </Button>
          )}
        </Group>
      </Stack>
    </ResponsiveDialog>
  );
}
