// A dialog that makes a secret: first the choices, then the secret. A mistaken click does not close it, and after a
// reload it says which key has no known secret.
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '../../../ui/announcer.tsx';
import { ResponsiveDialog } from '../../../ui/responsive-dialog.tsx';
import type { Key, MadeKey } from '../api/create-key.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { LostSecret } from './lost-secret.tsx';
import { RevealPanel } from './reveal-panel.tsx';

interface MadeKeyDialogProps {
  readonly title: string;
  /** The title once the secret is shown. */
  readonly madeTitle: string;
  /** What screen readers announce then. */
  readonly announcement: string;
  /** The id of the key that was made here, in the address. It outlives a reload, and the secret does not. */
  readonly madeId: string | undefined;
  /** Puts the id into the address. */
  readonly onMade: (keyId: string) => void;
  /** `made`: the key, where one was made. */
  readonly onClose: (made?: Key) => void;
  /** The choices. They call `onMade` with the result. */
  readonly children: (onMade: (made: MadeKey) => void) => ReactNode;
}

/** Mount it when it opens: the secret lives only in its state. */
export function MadeKeyDialog(props: MadeKeyDialogProps) {
  const { title, madeTitle, announcement, madeId, onMade, onClose, children } = props;
  const { t } = useTranslation('keys');
  const [made, setMade] = useState<MadeKey>();
  const [isCopied, setCopied] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const isUnsaved = made !== undefined && !isCopied;
  const close = () => onClose(made?.key);
  const leave = () => (isUnsaved ? setAsking(true) : close());
  const isLost = made === undefined && madeId !== undefined;

  useBlocker({
    shouldBlockFn: () => {
      if (isUnsaved) setAsking(true);
      return isUnsaved;
    },
    enableBeforeUnload: isUnsaved,
  });
  useEffect(() => {
    if (made !== undefined) announce(announcement);
  }, [made, announcement]);

  return (
    <ResponsiveDialog
      opened
      onClose={leave}
      title={isLost ? t('lost.title') : made === undefined ? title : madeTitle}
      width={640}
    >
      {isLost ? (
        <LostSecret keyId={madeId} onClose={close} />
      ) : made === undefined ? (
        children((next) => {
          setMade(next);
          onMade(next.key.id);
        })
      ) : (
        <>
          <RevealPanel made={made} onCopied={() => setCopied(true)} onDone={leave} />
          <LeaveGuard opened={isAsking} onStay={() => setAsking(false)} onLeave={close} />
        </>
      )}
    </ResponsiveDialog>
  );
}
