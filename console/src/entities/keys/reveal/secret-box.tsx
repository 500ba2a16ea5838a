// The secret. It is masked until it has the pointer or the focus. A click selects all of it.
import { ActionIcon } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Tooltip } from '../../../ui/tooltip.tsx';
import classes from './secret-box.module.css';

interface SecretBoxProps {
  readonly secret: string;
  /** Has as many characters as `secret`. */
  readonly masked: string;
  /** Called when the reader copies the selection. */
  readonly onCopied: () => void;
}

export function SecretBox({ secret, masked, onCopied }: SecretBoxProps) {
  const { t } = useTranslation('keys');
  const [isPinned, setPinned] = useState(false);
  const [isNear, setNear] = useState(false);
  const text = useRef<HTMLDivElement>(null);
  const isShown = isPinned || isNear;

  function mark(): void {
    if (text.current !== null) getSelection()?.selectAllChildren(text.current);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing shows what focus shows
    <div className={classes.box} onMouseEnter={() => setNear(true)} onMouseLeave={() => setNear(false)}>
      {/* biome-ignore lint/a11y/useSemanticElements: an input can't break a long secret into lines */}
      <div
        ref={text}
        role="textbox"
        aria-readonly
        aria-multiline
        aria-label={t('reveal.secret')}
        tabIndex={0}
        dir="ltr"
        translate="no"
        spellCheck={false}
        data-secret
        className={classes.secret}
        onFocus={() => setNear(true)}
        onBlur={() => setNear(false)}
        onClick={mark}
        onKeyDown={() => undefined}
        onCopy={onCopied}
      >
        {isShown ? secret : masked}
      </div>
      <Tooltip label={isPinned ? t('reveal.hide') : t('reveal.show')}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={isPinned ? t('reveal.hide') : t('reveal.show')}
          aria-pressed={isPinned}
          onClick={() => setPinned(!isPinned)}
        >
          {isPinned ? <IconEyeOff size={18} aria-hidden /> : <IconEye size={18} aria-hidden />}
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
