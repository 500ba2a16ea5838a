// The theme: one accent and quiet neutrals. Every pair of colours has a contrast of at least 4.5 in both colour
// schemes.
import { createTheme, type MantineColorsTuple, rem } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#edf8f6',
  '#d5eee9',
  '#aaddd4',
  '#7ccabd',
  '#52b5a6',
  '#2f9a8b',
  '#1a7f73',
  '#11665f',
  '#0e544e',
  '#0a3f3b',
];

const gray: MantineColorsTuple = [
  '#f7f8f8',
  '#f0f2f2',
  '#e5e8e8',
  '#d6dadb',
  '#bcc3c4',
  '#8b9496',
  '#5d676a',
  '#465054',
  '#2e3639',
  '#1a2023',
];

const dark: MantineColorsTuple = [
  '#e7eaeb',
  '#c6cccd',
  '#9aa4a6',
  '#707a7d',
  '#363d40',
  '#2a3033',
  '#202527',
  '#171b1d',
  '#111415',
  '#0b0d0e',
];

/** Mantine's own red is too light for white text. */
const red: MantineColorsTuple = [
  '#fdecea',
  '#fbd5d1',
  '#f5aaa3',
  '#ef8379',
  '#e85f53',
  '#dc4437',
  '#cc3123',
  '#b42318',
  '#921b12',
  '#6f140d',
];

const sans =
  "'Inter Variable', 'IBM Plex Sans Arabic', system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

const monospace = [
  "ui-monospace, 'SF Mono', 'Cascadia Code', 'Roboto Mono', Menlo, Consolas",
  "'Liberation Mono', 'DejaVu Sans Mono', monospace",
].join(', ');

/** The shades that the server made for the brand of this host. They have the luminances of our own. */
const branded = document.documentElement.dataset.accent?.split(' ') as MantineColorsTuple | undefined;

export const theme = createTheme({
  colors: { accent: branded ?? accent, gray, dark, red },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  black: '#1a2023',
  defaultRadius: 'md',
  radius: { xs: rem(3), sm: rem(5), md: rem(7), lg: rem(10), xl: rem(16) },
  fontFamily: sans,
  fontFamilyMonospace: monospace,
  fontSizes: { xs: rem(12), sm: rem(13), md: rem(14), lg: rem(16), xl: rem(20) },
  lineHeights: { xs: '1.45', sm: '1.5', md: '1.55', lg: '1.55', xl: '1.4' },
  headings: {
    fontFamily: sans,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: rem(22), lineHeight: '1.3' },
      h2: { fontSize: rem(16), lineHeight: '1.4' },
      h3: { fontSize: rem(14), lineHeight: '1.5' },
    },
  },
  spacing: { xs: rem(8), sm: rem(12), md: rem(16), lg: rem(24), xl: rem(32) },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, events: { hover: true, focus: true, touch: true } } },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.4 }, transitionProps: { duration: 120 } },
    },
    Drawer: { defaultProps: { overlayProps: { backgroundOpacity: 0.4 } } },
    Menu: {
      defaultProps: {
        shadow: 'md',
        position: 'bottom-end',
        transitionProps: { duration: 80 },
        withInitialFocusPlaceholder: false,
      },
    },
    Table: { defaultProps: { verticalSpacing: 'sm', horizontalSpacing: 'md', highlightOnHover: true } },
    Paper: { defaultProps: { withBorder: true, radius: 'lg' } },
    InputWrapper: {
      defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] },
      // Mantine's default is two pixels smaller than the text of the field, which is too small to read.
      vars: () => ({
        description: { '--input-description-size': 'var(--mantine-font-size-sm)' },
        error: { '--input-error-size': 'var(--mantine-font-size-sm)' },
      }),
    },
  },
});
