// A dialog that makes a secret of a webhook: first the choices, then the secret, once.
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { LeaveGuard } from '../../entities/keys/reveal/leave-guard.tsx';
import { announce } from '../../ui/announcer.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { RevealSecret } from './reveal-secret.tsx';
import type { MadeWebhook } from './webhooks-api.ts';

interface SecretDialogProps {
  readonly title: string;
  /** The title once the secret is shown. Screen readers announce it. */
  readonly madeTitle: string;
  readonly onClose: () => void;
  /** The choices. They call `onMade` with the result. */
  readonly children: (onMade: (made: MadeWebhook) => void) => ReactNode;
}

/** Mount it when it opens: the secret lives only in its state. */
export function SecretDialog({ title, madeTitle, onClose, children }: SecretDialogProps) {
  const [made, setMade] = useState<MadeWebhook>();
  const [isCopied, setCopied] = useState(false);
  const [isAsking, setAsking] = useState(false);
  // A public key can be read again on the page of the webhook.
  const isUnsaved = made?.webhook.signature === 'hmac' && !isCopied;
  const leave = () => (isUnsaved ? setAsking(true) : onClose());

  useBlocker({
    shouldBlockFn: () => {
      if (isUnsaved) setAsking(true);
      return isUnsaved;
    },
    enableBeforeUnload: isUnsaved,
  });
  useEffect(() => {
    if (made !== undefined) announce(madeTitle);
  }, [made, madeTitle]);

  return (
    <ResponsiveDialog opened onClose={leave} title={made === undefined ? title : madeTitle} width={640}>
      {made === undefined ? (
        children(setMade)
      ) : (
        <>
          <RevealSecret made={made} onCopied={() => setCopied(true)} onDone={leave} />
          <LeaveGuard opened={isAsking} onStay={() => setAsking(false)} onLeave={onClose} />
        </>
      )}
    </ResponsiveDialog>
  );
}
