// A button that says why the reader may not press it.
import { Button, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { Tooltip } from './tooltip.tsx';

interface GuardedButtonProps extends ButtonProps {
  /** Why it can't be pressed. `undefined`: it can. */
  readonly fault: string | undefined;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

export function GuardedButton({ fault, onClick, children, ...props }: GuardedButtonProps) {
  if (fault === undefined) {
    return (
      <Button {...props} onClick={onClick}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={fault} multiline maw={300}>
      <Button {...props} data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
        {children}
      </Button>
    </Tooltip>
  );
}
