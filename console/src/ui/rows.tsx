// A short list, such as people, sessions or organizations.
import type { ReactNode } from 'react';
import classes from './rows.module.css';

export function Rows({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <ul className={classes.list} aria-label={label}>
      {children}
    </ul>
  );
}

interface RowProps {
  /** An icon or a picture. Screen readers skip it. */
  readonly lead?: ReactNode;
  readonly title: ReactNode;
  /** Under the title. */
  readonly text?: ReactNode;
  /** Each is a column, or below the text where there is no room. */
  readonly facts?: readonly ReactNode[];
  readonly actions?: ReactNode;
}

export function Row({ lead, title, text, facts = [], actions }: RowProps) {
  return (
    <li className={classes.row}>
      {lead !== undefined && (
        <div className={classes.lead} aria-hidden>
          {lead}
        </div>
      )}
      <div className={classes.main}>
        <div className={classes.title}>{title}</div>
        {text !== undefined && <div className={classes.text}>{text}</div>}
      </div>
      {facts.length > 0 && (
        <div className={classes.facts}>
          {facts.map((fact, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
            <div key={at} className={classes.fact}>
              {fact}
            </div>
          ))}
        </div>
      )}
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </li>
  );
}
