// Making a key: the form, then its secret, once, in the same dialog.
import { Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi, Environment } from '../../../api/config.ts';
import { announce } from '../../announcer.tsx';
import { ResponsiveDialog } from '../../responsive-dialog.tsx';
import type { MadeKey } from '../api/create-key.ts';
import type { KeyValues } from '../fields/key-values.ts';
import { LeaveGuard } from '../reveal/leave-guard.tsx';
import { RevealPanel } from '../reveal/reveal-panel.tsx';
import { wordsOf } from '../words.ts';
import { KeyForm } from './key-form.tsx';

interface CreateDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly org: string;
  readonly api: ConsoleApi;
  readonly environment: Environment;
  readonly initial?: Partial<KeyValues>;
  /** Default: that of a key like any other. */
  readonly title?: string;
  /** Above the form: what this key is for. */
  readonly note?: string;
}

/** The secret lives in the state of this dialog's content alone, which goes when the dialog closes. */
export function CreateDialog(props: CreateDialogProps) {
  return props.opened ? <OpenDialog {...props} /> : null;
}

function OpenDialog({ onClose, org, api, environment, initial, title, note }: CreateDialogProps) {
  const { t, i18n } = useTranslation('keys');
  const [made, setMade] = useState<MadeKey>();
  const [isCopied, setCopied] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const words = wordsOf(api, i18n.language);
  const isUnsaved = made !== undefined && !isCopied;

  useBlocker({
    shouldBlockFn: () => {
      if (isUnsaved) setAsking(true);
      return isUnsaved;
    },
    enableBeforeUnload: isUnsaved,
  });

  useEffect(() => {
    if (made !== undefined) announce(t('reveal.announced'));
  }, [made, t]);

  return (
    <ResponsiveDialog
      opened
      onClose={() => (isUnsaved ? setAsking(true) : onClose())}
      title={made === undefined ? (title ?? words.createKey ?? t('create.title')) : t('reveal.title')}
      width={640}
    >
      {made === undefined && note !== undefined && (
        <Text c="dimmed" mb="md">
          {note}
        </Text>
      )}
      {made === undefined ? (
        <KeyForm
          org={org}
          api={api}
          environment={environment}
          {...(initial !== undefined && { initial })}
          onMade={setMade}
          onCancel={onClose}
        />
      ) : (
        <>
          <RevealPanel
            org={org}
            api={api}
            made={made}
            onCopied={() => setCopied(true)}
            onDone={() => (isUnsaved ? setAsking(true) : onClose())}
          />
          <LeaveGuard opened={isAsking} onStay={() => setAsking(false)} onLeave={onClose} />
        </>
      )}
    </ResponsiveDialog>
  );
}
