// Colours and sizes by role. Everything visible draws from here, in light and in dark.

import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const line: MantineColorsTuple = [
  '#eaf6f3', '#d3eae4', '#a6d4c9', '#76bdac', '#4fa993', '#359b83', '#1c8069', '#17705d', '#14584a', '#0d3f36',
];
const gold: MantineColorsTuple = [
  '#fdf6e3', '#f9ebc4', '#f3d98d', '#edc654', '#e6b52b', '#c9971a', '#a67a10', '#83600b', '#634808', '#453204',
];
const ink: MantineColorsTuple = [
  '#f6f7f6', '#eceeed', '#dde1df', '#c4cac7', '#9aa39f', '#717b77', '#535c58', '#3c4441', '#272d2b', '#171b1a',
];
const night: MantineColorsTuple = [
  '#d5dbd8', '#b4bdb9', '#98a29e', '#5f6a66', '#3e4744', '#303836', '#242a29', '#1b201f', '#151918', '#0f1211',
];

/** Where menus and lists that float over the page are put. */
export const kFloating = 'floating';

export const theme = createTheme({
  primaryColor: 'line',
  primaryShade: { light: 7, dark: 6 }, // White text keeps 4.5:1 on both.
  colors: { line, gold, gray: ink, dark: night },
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  headings: { fontWeight: '620', sizes: { h1: { fontSize: '21px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' } } },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '5px', md: '8px', lg: '12px', xl: '20px' },
  components: {
    Button: { defaultProps: { size: 'xs', fw: 560 } },
    TextInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    // What floats over the page belongs to it (Frame.tsx): nothing stands outside its landmarks.
    Popover: { defaultProps: { portalProps: { target: `#${kFloating}` } } },
    // The first choice has the focus, not an empty element among the choices.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    InputWrapper: { styles: { description: { fontSize: 12 }, error: { fontSize: 12 } } },
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm', highlightOnHover: true } },
    Badge: { defaultProps: { radius: 'xs', variant: 'light', tt: 'none', fw: 560, fz: 11.5, px: 6, miw: 'max-content' } },
  },
});

/** Colours of chart series, told apart also by people who see fewer colours. */
export const kSeriesColors = {
  light: ['#17705d', '#c9971a', '#4361a8', '#b5533c', '#7a4e9c', '#3b8fb0', '#8a8f2c', '#9a5a77'],
  dark: ['#4fb8a0', '#edc654', '#86a2e6', '#e58a72', '#bd93df', '#73c2df', '#c3c860', '#d699b5'],
} as const;

const seriesVariables = (colors: readonly string[]) => Object.fromEntries(colors.map((color, index) => [`--tl-series-${index}`, color]));

/** Text that steps back must still be read: both schemes keep at least 4.5:1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...seriesVariables(kSeriesColors.light),
    '--mantine-color-body': '#fbfcfb',
    '--mantine-color-text': '#1f2624',
    '--mantine-color-dimmed': '#57605c',
    '--mantine-color-placeholder': '#68716d',
    '--tl-panel': '#ffffff',
    '--tl-line': '#dfe4e1',
    '--tl-accent': '#17705d',
    '--tl-accent-text': '#14584a',
    '--mantine-color-error': '#b3261e',
  },
  dark: {
    ...seriesVariables(kSeriesColors.dark),
    '--mantine-color-body': '#131716',
    '--mantine-color-text': '#dde3e0',
    '--mantine-color-dimmed': '#a3ada9',
    '--mantine-color-placeholder': '#929c98',
    '--tl-panel': '#1a1f1e',
    '--tl-line': '#2e3634',
    '--tl-accent': '#4fa993',
    '--tl-accent-text': '#8fd0bf',
    '--mantine-color-line-light': 'rgba(79, 169, 147, 0.17)',
    '--mantine-color-line-light-hover': 'rgba(79, 169, 147, 0.24)',
    '--mantine-color-line-light-color': '#a6dccd',
    '--mantine-color-gray-light': 'rgba(160, 175, 169, 0.15)',
    '--mantine-color-gray-light-color': '#c3ccc8',
    '--mantine-color-gold-light': 'rgba(230, 181, 43, 0.15)',
    '--mantine-color-gold-light-color': '#f0d285',
    '--mantine-color-red-light': 'rgba(255, 120, 110, 0.13)',
    '--mantine-color-red-light-hover': 'rgba(255, 120, 110, 0.19)',
    '--mantine-color-red-light-color': '#ffb3ac',
    '--mantine-color-error': '#ff8f86',
  },
});
