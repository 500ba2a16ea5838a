// Short facts in a line, with dots between them. No line begins or ends with a dot.
import type { ReactNode } from 'react';
import classes from './dotted.module.css';

export function Dotted({ children }: { readonly children: ReactNode }) {
  return <div className={classes.dotted}>{children}</div>;
}
