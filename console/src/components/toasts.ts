// Toasts, whose library no page waits for: it comes with the first of them, or before in a quiet moment.
import type { NotificationData } from '@mantine/notifications';

const load = () => import('@mantine/notifications');

/** As in `@mantine/notifications`; what is said before the library is there is shown when it is. */
export const notifications = {
  show(data: NotificationData): void {
    void load().then(({ notifications: shown }) => shown.show(data));
  },
  hide(id: string): void {
    void load().then(({ notifications: shown }) => shown.hide(id));
  },
};
