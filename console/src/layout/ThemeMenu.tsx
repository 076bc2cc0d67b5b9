import { IconButton } from '../ui/IconButton';
import { IconCheck, IconTheme } from '../ui/icons';
import { Menu } from '../ui/Menu';
import { useTheme, type ThemeChoice } from '../ui/useTheme';

const choices: { value: ThemeChoice; label: string }[] = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** Light or dark. */
export function ThemeMenu() {
  const { choice, choose } = useTheme();
  return (
    <Menu
      label="Theme"
      button={
          <IconButton label="Theme">
            <IconTheme size={18} stroke={1.7} />
          </IconButton>
      }
      entries={choices.map(({ value, label }) => ({
        label,
        icon: value === choice ? <IconCheck size={15} aria-label="chosen" /> : <span style={{ width: 15, display: 'inline-block' }} />,
        onClick: () => choose(value),
      }))}
    />
  );
}
