// The library of toasts. Only `toasts.ts` imports it.
import { Notifications, notifications } from '@mantine/notifications';

export const library = { Notifications, notifications };
