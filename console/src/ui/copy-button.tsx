// A button that copies a text and confirms it.
import { ActionIcon, Button, type ButtonProps } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from './announcer.tsx';
import { copyText } from './copy-text.ts';
import { sayFault } from './done-toast.tsx';
import { Tooltip } from './tooltip.tsx';

interface CopyButtonProps {
  /** A function is called on each press, so that the button need not hold a secret. */
  readonly text: string | (() => string);
  /** Names the text for screen readers: "Copy the key". */
  readonly label?: string;
  /** `button`: shows the label beside the icon. Default: only the icon. */
  readonly kind?: 'icon' | 'button';
  readonly variant?: ButtonProps['variant'];
  readonly onCopied?: () => void;
  readonly autoFocus?: boolean;
}

const shownMs = 2_000;

export function CopyButton({ text, label, kind = 'icon', variant, onCopied, autoFocus = false }: CopyButtonProps) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const name = label ?? t('actions.copy');

  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy(): Promise<void> {
    if (await copyText(typeof text === 'string' ? text : text())) {
      setCopied(true);
      announce(t('actions.copied'));
      onCopied?.();
    } else {
      sayFault(t('actions.copyFailed'));
    }
  }

  const icon = isCopied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
  if (kind === 'button') {
    return (
      <Button leftSection={icon} variant={variant ?? 'filled'} onClick={copy} data-autofocus={autoFocus || undefined}>
        {isCopied ? t('actions.copied') : name}
      </Button>
    );
  }
  return (
    <Tooltip label={isCopied ? t('actions.copied') : name}>
      <ActionIcon variant={variant ?? 'subtle'} color="gray" onClick={copy} aria-label={name}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
