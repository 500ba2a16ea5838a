// The sidebar on small screens.
import { useTranslation } from 'react-i18next';
import { Drawer } from '../ui/modal.tsx';
import { Brand } from './brand.tsx';
import { Navigation } from './sidebar.tsx';

export function NavigationDrawer({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      size={280}
      title={<Brand />}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <Navigation onFollow={onClose} />
    </Drawer>
  );
}
