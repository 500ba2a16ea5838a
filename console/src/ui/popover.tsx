// A layer beside the button that opens it. Its library is loaded after the page.
import type { ReactElement, ReactNode } from 'react';
import { useLate } from './late.ts';
import { layers } from './layers.ts';

interface PopoverProps {
  readonly opened: boolean;
  readonly onChange: (opened: boolean) => void;
  /** The button, which opens and closes the layer. */
  readonly button: ReactElement;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** The focus is inside while it is open, and returns to the button. */
export function Popover({ opened, onChange, button, className, children }: PopoverProps) {
  const loaded = useLate(layers, opened, () => onChange(false));
  if (loaded === undefined) return button;
  return (
    <loaded.Popover opened={opened} onChange={onChange} position="bottom-end" shadow="md" trapFocus returnFocus>
      <loaded.Popover.Target>{button}</loaded.Popover.Target>
      <loaded.Popover.Dropdown className={className}>{children}</loaded.Popover.Dropdown>
    </loaded.Popover>
  );
}
