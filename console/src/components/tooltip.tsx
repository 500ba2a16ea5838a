// Tooltips, with the interface of Mantine's, whose library (how layers float) comes after the page.
import type { TooltipProps } from '@mantine/core';
import { useLayers } from './layers.ts';

export function Tooltip({ children, ...props }: TooltipProps) {
  const loaded = useLayers();
  return loaded === undefined ? children : <loaded.Tooltip {...props}>{children}</loaded.Tooltip>;
}
