// Shows what verifies deliveries: the shared secret once, or the public key; and a program that verifies.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { SecretBox } from '../../entities/keys/reveal/secret-box.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Name } from '../../ui/ltr.tsx';
import type { MadeWebhook } from './webhooks-api.ts';

interface RevealSecretProps {
  readonly made: MadeWebhook;
  /** Called when the reader has copied it. */
  readonly onCopied: () => void;
  readonly onDone: () => void;
}

/** As in docs/how-to/webhooks.md. The secret stays in an environment variable, so no code has it. */
const program = `import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
// body: the bytes as they arrived. Throws if someone else sent them.
const event = webhook.verify(body, request.headers);`;

/** Its owner drops `made` when it closes, and keeps it nowhere else. */
export function RevealSecret({ made, onCopied, onDone }: RevealSecretProps) {
  const { t } = useTranslation('webhooks');
  const { webhook, secret } = made;
  const panel = useRef<HTMLDivElement>(null);

  // The form before it had the focus. The dialog sets the focus only when it opens.
  useEffect(() => panel.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), []);

  const kind = webhook.signature;
  return (
    <Stack gap="md" ref={panel}>
      <div>
        <Text fw={600}>
          <Name>{webhook.name}</Name>
        </Text>
        <Text>{t(`reveal.${kind}`)}</Text>
      </div>
      {secret !== null && kind === 'hmac' && <SecretBox secret={secret} masked={maskOf(secret)} onCopied={onCopied} />}
      {secret !== null && kind === 'ed25519' && <CodeBlock code={secret} label={t('fields.publicKey')} />}
      {secret !== null && kind === 'hmac' && (
        <>
          <Group>
            <CopyButton kind="button" text={() => secret} label={t('reveal.copy')} onCopied={onCopied} autoFocus />
          </Group>
          <Text>{t('reveal.verify')}</Text>
          <CodeBlock code={program} label="JavaScript" />
        </>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone} data-autofocus={kind === 'hmac' ? undefined : true}>
          {t('reveal.done')}
        </Button>
      </Group>
    </Stack>
  );
}

/** As long as the secret, so that nothing moves when it is shown. */
function maskOf(secret: string): string {
  const prefix = secret.slice(0, secret.indexOf('_') + 1);
  return prefix + '•'.repeat(secret.length - prefix.length);
}
