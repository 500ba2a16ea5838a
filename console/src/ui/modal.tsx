// Mantine's dialogs and drawers. Their library is loaded after the page.
import type { DrawerProps, ModalProps } from '@mantine/core';
import { FocusKeeper, useDialogFocus } from './dialog-focus.tsx';
import { useLate } from './late.ts';
import { layers } from './layers.ts';

export function Modal({ children, ...props }: ModalProps) {
  const loaded = useLate(layers, props.opened, props.onClose);
  const isCovered = useDialogFocus(props.opened && loaded !== undefined);
  // Escape closes one dialog at a time.
  const close = () => {
    if (!isCovered()) props.onClose();
  };
  return (
    loaded && (
      <loaded.Modal {...props} onClose={close} returnFocus={false}>
        <FocusKeeper />
        {children}
      </loaded.Modal>
    )
  );
}

export function Drawer({ children, ...props }: DrawerProps) {
  const loaded = useLate(layers, props.opened, props.onClose);
  const isCovered = useDialogFocus(props.opened && loaded !== undefined);
  // Escape closes one dialog at a time.
  const close = () => {
    if (!isCovered()) props.onClose();
  };
  return (
    loaded && (
      <loaded.Drawer {...props} onClose={close} returnFocus={false}>
        <FocusKeeper />
        {children}
      </loaded.Drawer>
    )
  );
}
