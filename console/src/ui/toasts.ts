// Toasts. Their library is loaded with the first one, or when the page is idle.
import type { NotificationData } from '@mantine/notifications';
import i18next from 'i18next';
import { late } from './late.ts';
import { insist } from './load-fault.tsx';

export const toasts = late(() => import('./toasts-library.ts'), 'library', []);

/** As in `@mantine/notifications`. A toast waits until the library is loaded. */
export const notifications = {
  show(data: NotificationData): void {
    const closeButtonProps = { 'aria-label': i18next.t('common:actions.close') };
    insist(async () => (await toasts.load()).notifications.show({ closeButtonProps, ...data }));
  },
  hide(id: string): void {
    toasts.load().then(
      (library) => library.notifications.hide(id),
      () => undefined,
    );
  },
};
