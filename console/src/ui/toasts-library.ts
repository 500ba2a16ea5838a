// The library of toasts; never imported but by toasts.ts.
import { Notifications, notifications } from '@mantine/notifications';

export const library = { Notifications, notifications };
