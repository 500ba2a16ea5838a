// What floats over pages; never imported but by layers.ts.
import { Drawer, Menu, Modal, Popover, Select, Tooltip } from '@mantine/core';

export const library = { Drawer, Menu, Modal, Popover, Select, Tooltip };
