import { createTheme, type MantineColorsTuple } from '@mantine/core'

const accent: MantineColorsTuple = [
  '#eef4ff',
  '#dbe7ff',
  '#b9cffe',
  '#93b5ff',
  '#6c9cff',
  '#4a84f6',
  '#2f6fed',
  '#245cd0',
  '#1d4aa8',
  '#173a82',
]

const dark: MantineColorsTuple = [
  '#e6e8eb',
  '#c9ced6',
  '#a3abb6',
  '#757d8a',
  '#3d434d',
  '#31363e',
  '#2a2e35',
  '#1e2126',
  '#16181c',
  '#121417',
]

const gray: MantineColorsTuple = [
  '#f4f5f7',
  '#eceef1',
  '#e6e9ed',
  '#dcdfe4',
  '#c3c8d0',
  '#8a919c',
  '#6b737f',
  '#555d69',
  '#363c45',
  '#1b1f26',
]

const fontFamily =
  "system-ui, -apple-system, 'Segoe UI', 'Inter', 'Noto Sans', 'Cantarell', 'DejaVu Sans', sans-serif"

/** The interface's tokens as a Mantine theme; colours that differ by scheme stand in tokens.css. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 4 },
  colors: { accent, dark, gray },
  autoContrast: true,
  fontFamily,
  fontFamilyMonospace: 'var(--ev-mono)',
  fontSizes: { xs: '11px', sm: '13px', md: '13px', lg: '14px', xl: '16px' },
  lineHeights: { xs: '14px', sm: '18px', md: '18px', lg: '20px', xl: '24px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '6px', xl: '6px' },
  defaultRadius: 'md',
  shadows: {
    xs: 'none',
    sm: 'var(--ev-shadow)',
    md: 'var(--ev-shadow)',
    lg: 'var(--ev-shadow)',
    xl: 'var(--ev-shadow)',
  },
  respectReducedMotion: true,
  cursorType: 'pointer',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '16px', lineHeight: '24px' },
      h2: { fontSize: '13px', lineHeight: '18px' },
      h3: { fontSize: '13px', lineHeight: '18px' },
    },
  },
  components: {
    Button: {
      defaultProps: { size: 'xs' },
      styles: { root: { height: 28, fontSize: 13, fontWeight: 500, paddingInline: 12 } },
    },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    Tooltip: {
      defaultProps: {
        openDelay: 400,
        transitionProps: { duration: 120 },
        events: { hover: true, focus: true, touch: false },
      },
    },
    Modal: {
      defaultProps: {
        centered: true,
        transitionProps: { duration: 120 },
        padding: 'lg',
        overlayProps: { backgroundOpacity: 0.4 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
      // A title of two lines would touch itself.
      styles: { title: { lineHeight: 1.3 } },
    },
    // Mantine draws it as a <header>, which would be a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    DrawerHeader: { defaultProps: { role: 'presentation' } },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close the notice' } } },
    Popover: { defaultProps: { transitionProps: { duration: 120 }, shadow: 'md' } },
    Menu: {
      defaultProps: {
        transitionProps: { duration: 120 },
        shadow: 'md',
        // A menu may hold entries alone (ARIA): without the placeholder the first of them takes the focus.
        withInitialFocusPlaceholder: false,
      },
    },
    SegmentedControl: {
      defaultProps: { size: 'xs' },
      styles: {
        label: { fontSize: 12, fontWeight: 500 },
        indicator: { border: '1px solid var(--ev-line-strong)' },
      },
    },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Tabs: { styles: { tab: { fontSize: 13, padding: '8px 12px' } } },
  },
})
