import { createTheme, MantineProvider, type MantineColorsTuple } from '@mantine/core';
import type { ReactNode } from 'react';
import { styleNonce, theme } from '../theme';
import { Toasts } from './Toasts';
import './mantine.css';
import './overrides.css';

const made = createTheme({
  ...theme,
  colors: {
    door: theme.colors.door as unknown as MantineColorsTuple,
    dark: theme.colors.dark as unknown as MantineColorsTuple,
  },
});

/** Everything that the components need around them. */
export function Provider({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={made} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      {children}
      <Toasts />
    </MantineProvider>
  );
}
