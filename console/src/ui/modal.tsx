// Mantine's dialogs and drawers. Their library is loaded after the page.
import type { DrawerProps, ModalProps } from '@mantine/core';
import { useLate } from './late.ts';
import { layers } from './layers.ts';

export function Modal(props: ModalProps) {
  const loaded = useLate(layers, props.opened, props.onClose);
  return loaded && <loaded.Modal {...props} />;
}

export function Drawer(props: DrawerProps) {
  const loaded = useLate(layers, props.opened, props.onClose);
  return loaded && <loaded.Drawer {...props} />;
}
