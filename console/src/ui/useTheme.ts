import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

export type ThemeChoice = 'auto' | 'light' | 'dark';

/** Which theme is chosen, which one shows, and how to choose another. */
export function useTheme(): { choice: ThemeChoice; shown: 'light' | 'dark'; choose(next: ThemeChoice): void } {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme('light');
  return { choice: colorScheme, shown, choose: setColorScheme };
}
