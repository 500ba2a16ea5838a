// What floats over pages; never imported but by layers.ts.
export { Menu, Tooltip } from '@mantine/core';
