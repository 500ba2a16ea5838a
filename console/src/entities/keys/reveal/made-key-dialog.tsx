// A dialog that makes a secret: first the choices, then the secret. A mistaken click does not close it.
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { announce } from '../../../ui/announcer.tsx';
import { ResponsiveDialog } from '../../../ui/responsive-dialog.tsx';
import type { MadeKey } from '../api/create-key.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { RevealPanel } from './reveal-panel.tsx';

interface MadeKeyDialogProps {
  readonly title: string;
  /** The title once the secret is shown. */
  readonly madeTitle: string;
  /** What screen readers announce then. */
  readonly announcement: string;
  readonly onClose: () => void;
  /** The choices. They call `onMade` with the result. */
  readonly children: (onMade: (made: MadeKey) => void) => ReactNode;
}

/** Mount it when it opens: the secret lives only in its state. */
export function MadeKeyDialog({ title, madeTitle, announcement, onClose, children }: MadeKeyDialogProps) {
  const [made, setMade] = useState<MadeKey>();
  const [isCopied, setCopied] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const isUnsaved = made !== undefined && !isCopied;
  const leave = () => (isUnsaved ? setAsking(true) : onClose());

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
    <ResponsiveDialog opened onClose={leave} title={made === undefined ? title : madeTitle} width={640}>
      {made === undefined ? (
        children(setMade)
      ) : (
        <>
          <RevealPanel made={made} onCopied={() => setCopied(true)} onDone={leave} />
          <LeaveGuard opened={isAsking} onStay={() => setAsking(false)} onLeave={onClose} />
        </>
      )}
    </ResponsiveDialog>
  );
}
