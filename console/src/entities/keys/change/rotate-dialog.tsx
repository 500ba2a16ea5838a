// Rotates a key: the reader chooses the overlap, then sees the new secret once.
import { Alert, Anchor, Button, Group, Radio, Stack, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../../ui/form-error.tsx';
import { useFormats } from '../../../ui/formats.ts';
import { useNow } from '../../../ui/use-now.ts';
import { useSubmit } from '../../../ui/use-submit.ts';
import { useApiScope } from '../../scope.ts';
import type { MadeKey } from '../api/create-key.ts';
import { MadeKeyDialog } from '../reveal/made-key-dialog.tsx';
import { useWords } from '../words.ts';
import { type Key, keyQuery, rotateKey, staleKeyOf } from './key-api.ts';
import { sayAgo } from './key-words.ts';
import { type OverlapChoice, offeredOverlaps, overlapMs } from './overlaps.ts';

interface RotateDialogProps {
  readonly apiKey: Key;
  /** As `MadeKeyDialog` has them. */
  readonly madeId: string | undefined;
  readonly onMade: (keyId: string) => void;
  readonly onClose: () => void;
}

export function RotateDialog({ apiKey, madeId, onMade, onClose }: RotateDialogProps) {
  const { t } = useTranslation('key');
  return (
    <MadeKeyDialog
      title={t('rotate.title')}
      madeTitle={t('rotate.doneTitle')}
      announcement={t('rotate.announced')}
      madeId={madeId}
      onMade={onMade}
      onClose={() => onClose()}
    >
      {(show) => <RotateForm apiKey={apiKey} onMade={show} onCancel={onClose} />}
    </MadeKeyDialog>
  );
}

interface RotateFormProps {
  readonly apiKey: Key;
  readonly onMade: (made: MadeKey) => void;
  readonly onCancel: () => void;
}

const dayMs = 86_400_000;

function RotateForm({ apiKey, onMade, onCancel }: RotateFormProps) {
  const { api } = useApiScope();
  const { t } = useTranslation(['key', 'common']);
  const formats = useFormats();
  const nowMs = useNow();
  const words = useWords();
  const queryClient = useQueryClient();
  const offered = offeredOverlaps(apiKey, nowMs);
  const [chosen, setChosen] = useState<OverlapChoice>(offered.includes('24h') ? '24h' : (offered.at(-1) ?? 'now'));
  const { isPending, error, submit } = useSubmit();
  const isInUse = apiKey.lastUsedAt !== null && nowMs - Date.parse(apiKey.lastUsedAt) < dayMs;

  async function rotate(): Promise<void> {
    try {
      const made = await rotateKey(apiKey, chosen);
      queryClient.setQueryData(keyQuery(apiKey).queryKey, made.key);
      void queryClient.invalidateQueries({ queryKey: ['org', apiKey.org] });
      onMade(made);
    } catch (failure) {
      const current = staleKeyOf(failure);
      if (current !== undefined) queryClient.setQueryData(keyQuery(apiKey).queryKey, current);
      throw failure;
    }
  }

  const ago = apiKey.lastUsedAt === null ? '' : sayAgo(formats, apiKey.lastUsedAt, nowMs);
  const describe = (choice: OverlapChoice) => {
    if (choice === 'now') return t('rotate.nowHint');
    if (choice === 'until_ended') return t('rotate.untilEndedHint');
    const endMs = nowMs + overlapMs[choice];
    const { expiresAt } = apiKey;
    const isCut = expiresAt !== null && Date.parse(expiresAt) < endMs;
    return isCut
      ? t('rotate.untilExpiry', { at: formats.dateTime(expiresAt) })
      : t('rotate.until', { at: formats.dateTime(endMs) });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit(rotate);
      }}
    >
      <Stack gap="md">
        <Text>{t('rotate.text')}</Text>
        {words.rotateNote !== undefined && (
          <Text size="sm" c="dimmed">
            {words.rotateNote}
          </Text>
        )}
        <Radio.Group
          label={t('rotate.overlap')}
          value={chosen}
          onChange={(choice) => setChosen(choice as OverlapChoice)}
          data-autofocus
        >
          <Stack gap="xs" mt="xs">
            {offered.map((choice) => (
              <Radio key={choice} value={choice} label={t(`rotate.choices.${choice}`)} description={describe(choice)} />
            ))}
          </Stack>
        </Radio.Group>
        {chosen === 'now' && isInUse && (
          <Alert color="red" variant="light" icon={<IconAlertCircle size={18} aria-hidden />} role="status">
            {apiKey.lastUsedAddress === null
              ? t('rotate.inUse', { when: ago })
              : t('rotate.inUseFrom', {
                  when: ago,
                  address: apiKey.lastUsedAddress,
                })}
          </Alert>
        )}
        <FormError error={error} />
        <Group justify="space-between" gap="xs">
          {api.docs === null ? (
            <span />
          ) : (
            <Anchor href={api.docs} target="_blank" rel="noreferrer" size="sm">
              {t('rotate.docs')}
            </Anchor>
          )}
          <Group gap="xs">
            <Button variant="default" onClick={onCancel} disabled={isPending}>
              {t('common:actions.cancel')}
            </Button>
            <Button type="submit" loading={isPending} {...(chosen === 'now' && isInUse && { color: 'red' })}>
              {t('rotate.submit')}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
