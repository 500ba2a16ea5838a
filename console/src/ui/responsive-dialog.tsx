// A dialog, or on phones a drawer from below.
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Drawer, Modal } from './modal.tsx';
import classes from './responsive-dialog.module.css';

interface ResponsiveDialogProps {
  readonly opened: boolean;
  /** Called when the reader closes it: by the cross, Escape or a click outside. */
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** In pixels. Default: 560. */
  readonly width?: number;
}

export function ResponsiveDialog({ opened, onClose, title, children, width = 560 }: ResponsiveDialogProps) {
  const { t } = useTranslation();
  const isNarrow = useMediaQuery('(max-width: 40em)', undefined, { getInitialValueInEffect: false });
  const shared = {
    opened,
    onClose,
    title: <strong className={classes.title}>{title}</strong>,
    closeButtonProps: { 'aria-label': t('actions.close') },
  };
  if (isNarrow === true) {
    return (
      <Drawer {...shared} position="bottom" size="94%" radius="lg">
        {children}
      </Drawer>
    );
  }
  return (
    <Modal {...shared} size={width}>
      {children}
    </Modal>
  );
}
