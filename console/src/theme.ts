import { nonce } from './csp';

/** What the component library is told about our look; the colours themselves are in `tokens.css`. */
export const theme = {
  primaryColor: 'door',
  primaryShade: { light: 6, dark: 7 } as const,
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13.5px', md: '14px', lg: '16px', xl: '18px' },
  defaultRadius: 5,
  cursorType: 'pointer' as const,
  colors: {
    door: ['#eaf0fd', '#d3e0fb', '#a9c3f7', '#8db0ff', '#5c8bec', '#3f72df', '#2a5bd0', '#2f62d9', '#224db4', '#1a3f96'],
    dark: ['#e4e8ee', '#b9c1cc', '#a2acb9', '#6b7685', '#434d5a', '#2b323c', '#21262e', '#1a1e24', '#14171c', '#0f1216'],
  },
};

export const styleNonce = (): string => nonce;
