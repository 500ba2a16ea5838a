// Shows a new secret once: to copy, to download, to try. Waits for the first request with it.
import { Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { download } from '../../../ui/download.ts';
import { Name } from '../../../ui/ltr.tsx';
import { useApiScope } from '../../scope.ts';
import type { MadeKey } from '../api/create-key.ts';
import { useWords } from '../words.ts';
import { FirstRequest } from './first-request.tsx';
import { maskSecret } from './mask-secret.ts';
import { SecretBox } from './secret-box.tsx';
import { SnippetTabs } from './snippet-tabs.tsx';
import { writeSnippet } from './snippets.ts';

interface RevealPanelProps {
  readonly made: MadeKey;
  /** Called when the reader has copied or downloaded it. */
  readonly onCopied: () => void;
  readonly onDone: () => void;
}

/** Its owner drops `made` when it closes, and keeps it nowhere else. */
export function RevealPanel({ made, onCopied, onDone }: RevealPanelProps) {
  const { t } = useTranslation(['keys', 'common']);
  const { api } = useApiScope();
  const { key, secret } = made;
  const words = useWords();
  const masked = maskSecret(secret, api.keyFormat);
  const panel = useRef<HTMLDivElement>(null);

  // The form before it had the focus. The dialog sets the focus only when it opens.
  useEffect(() => panel.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), []);

  return (
    <Stack gap="md" ref={panel}>
      <div>
        <Text fw={600}>
          <Name>{key.name}</Name>
        </Text>
        <Text>{words.secretOnce ?? t('reveal.once')}</Text>
      </div>
      <SecretBox secret={secret} masked={masked} onCopied={onCopied} />
      <Group gap="xs">
        <CopyButton kind="button" text={() => secret} label={t('reveal.copy')} onCopied={onCopied} autoFocus />
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => {
            download(`${api.id}.env`, 'text/plain', `${writeSnippet('env', api, key.environment, secret)}\n`);
            onCopied();
          }}
        >
          {t('reveal.download')}
        </Button>
      </Group>
      <SnippetTabs environment={key.environment} secret={secret} masked={masked} onCopied={onCopied} />
      {words.schemeNote !== undefined && (
        <Text size="sm" c="dimmed">
          {words.schemeNote}
        </Text>
      )}
      <FirstRequest keyId={key.id} since={key.updatedAt} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t('reveal.done')}
        </Button>
      </Group>
    </Stack>
  );
}
