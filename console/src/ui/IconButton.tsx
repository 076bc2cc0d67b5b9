import { ActionIcon, Tooltip } from '@mantine/core';
import type { ComponentPropsWithRef, ReactNode } from 'react';
import styles from './IconButton.module.css';

interface Props extends Omit<ComponentPropsWithRef<'button'>, 'aria-label' | 'color'> {
  /** What it does; read out, and shown on hover. */
  label: string;
  children: ReactNode;
  on?: boolean;
  small?: boolean;
}

/** A button with a picture only. */
export function IconButton({ label, on = false, small = false, children, ...rest }: Props) {
  return (
    // What the button has opened stands where the words would be.
    <Tooltip label={label} openDelay={400} withinPortal disabled={rest['aria-expanded'] === true}>
      <ActionIcon
        type="button"
        {...rest}
        aria-label={label}
        variant="transparent"
        size={small ? 24 : 30}
        className={`${styles['root']} ${on ? styles['on'] : ''}`}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
