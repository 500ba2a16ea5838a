// Code to copy. It runs from left to right, scrolls in its own box, and takes the focus.
import { useTranslation } from 'react-i18next';
import classes from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';

interface CodeBlockProps {
  /** The text that is copied. */
  readonly code: string;
  /** The text that is shown. Default: `code`. A masked secret differs. */
  readonly shown?: string;
  /** Names the code: "curl". */
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
