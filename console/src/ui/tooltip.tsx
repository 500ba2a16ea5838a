// Mantine's tooltips. Their library is loaded after the page.
import type { TooltipProps } from '@mantine/core';
import { useLate } from './late.ts';
import { layers } from './layers.ts';

export function Tooltip({ children, ...props }: TooltipProps) {
  const loaded = useLate(layers);
  return loaded === undefined ? children : <loaded.Tooltip {...props}>{children}</loaded.Tooltip>;
}
