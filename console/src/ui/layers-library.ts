// The layers over pages. Only `layers.ts` imports them.
import { Drawer, Menu, Modal, Popover, Select, Tooltip } from '@mantine/core';

export const library = { Drawer, Menu, Modal, Popover, Select, Tooltip };
