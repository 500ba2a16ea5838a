// Mantine's dialogs and drawers. Their library is loaded after the page.
import type { DrawerProps, ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FocusKeeper, useDialogFocus } from './dialog-focus.tsx';
import { useLate } from './late.ts';
import { layers } from './layers.ts';

function useLayer({ opened, onClose }: Pick<ModalProps, 'opened' | 'onClose'>) {
  const loaded = useLate(layers, opened, onClose);
  const isCovered = useDialogFocus(opened && loaded !== undefined);
  const [isFilled, setFilled] = useState(false);
  useEffect(() => {
    if (!opened) setFilled(false);
  }, [opened]);
  return {
    loaded,
    // Escape closes one dialog at a time.
    onClose() {
      if (!isCovered()) onClose();
    },
    returnFocus: false,
    // A click beside the dialog does not lose what was typed.
    onInput: () => setFilled(true),
    closeOnClickOutside: !isFilled,
  };
}

export function Modal({ children, ...props }: ModalProps) {
  const { loaded, ...layer } = useLayer(props);
  return (
    loaded && (
      <loaded.Modal {...props} {...layer}>
        <FocusKeeper />
        {children}
      </loaded.Modal>
    )
  );
}

export function Drawer({ children, ...props }: DrawerProps) {
  const { loaded, ...layer } = useLayer(props);
  return (
    loaded && (
      <loaded.Drawer {...props} {...layer}>
        <FocusKeeper />
        {children}
      </loaded.Drawer>
    )
  );
}
