// Keys, addresses, paths, ids and code: always from left to right, and never translated.
import type { ReactNode } from 'react';
import classes from './ltr.module.css';

interface LtrProps {
  readonly children: ReactNode;
  /** In the font of code. */
  readonly mono?: boolean;
}

export function Ltr({ children, mono = false }: LtrProps) {
  return (
    <bdi dir="ltr" translate="no" className={mono ? classes.mono : undefined}>
      {children}
    </bdi>
  );
}

/** An e-mail address. It breaks before its `@` where a line is too short. */
export function MailAddress({ children }: { readonly children: string }) {
  const at = children.lastIndexOf('@');
  return (
    <Ltr>
      {children.slice(0, at)}
      <wbr />
      {children.slice(at)}
    </Ltr>
  );
}

/** A name, in its own direction, which can't change the text around it. */
export function Name({ children }: { readonly children: string }) {
  return (
    <bdi dir="auto" translate="no" className={classes.name}>
      {children.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')}
    </bdi>
  );
}
