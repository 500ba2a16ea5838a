// Code to be copied: from left to right, scrolled inside its own box, reachable by keyboard.
import { useTranslation } from 'react-i18next';
import classes from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';

interface CodeBlockProps {
  /** As it is copied. */
  readonly code: string;
  /** As it is shown, where that differs: a masked secret. */
  readonly shown?: string;
  /** What it is: "curl". */
  readonly label: string;
  readonly onCopied?: () => void;
}

export function CodeBlock({ code, shown = code, label, onCopied }: CodeBlockProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by keyboard */}
      <section tabIndex={0} aria-label={label} className={classes.scroll}>
        <pre dir="ltr" translate="no" className={classes.code}>
          <code>{shown}</code>
        </pre>
      </section>
      <div className={classes.copy}>
        <CopyButton text={code} label={`${t('actions.copy')}: ${label}`} {...(onCopied && { onCopied })} />
      </div>
    </div>
  );
}
