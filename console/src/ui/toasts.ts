// Toasts, whose library no page waits for: it comes with the first of them, or before in a quiet moment.
import type { NotificationData } from '@mantine/notifications';
import i18next from 'i18next';
import { late } from './late.ts';
import { insist } from './load-fault.tsx';

export const toasts = late(() => import('./toasts-library.ts'), 'library', []);

/** As in `@mantine/notifications`; what is said before the library is there is shown when it is. */
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
