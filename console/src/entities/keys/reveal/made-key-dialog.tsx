// A dialog that makes a secret: what is to be chosen first, then the secret, once, kept from being lost by a slip.
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { announce } from '../../../ui/announcer.tsx';
import { ResponsiveDialog } from '../../../ui/responsive-dialog.tsx';
import type { MadeKey } from '../api/create-key.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { RevealPanel } from './reveal-panel.tsx';

interface MadeKeyDialogProps {
  readonly title: string;
  /** Once the secret is there. */
  readonly madeTitle: string;
  /** Told to screen readers when it is. */
  readonly announcement: string;
  readonly onClose: () => void;
  /** What is chosen before; calls `onMade` with what came of it. */
  readonly children: (onMade: (made: MadeKey) => void) => ReactNode;
}

/** The secret lives in the state of this dialog alone, which goes when it closes: mount it when it opens. */
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
