import { Button as Base, type ButtonProps } from '@mantine/core';
import type { ComponentPropsWithRef, ReactNode } from 'react';
import styles from './Button.module.css';

export type Tone = 'primary' | 'default' | 'danger' | 'quiet';

interface Props extends Omit<ComponentPropsWithRef<'button'>, 'color'> {
  tone?: Tone;
  small?: boolean;
  icon?: ReactNode;
  after?: ReactNode;
  busy?: boolean;
  wide?: boolean;
}

/** A button with words. */
export function Button({ tone = 'default', small = false, icon, after, busy = false, wide = false, ...rest }: Props) {
  const size: ButtonProps['size'] = small ? 'compact-sm' : 'xs';
  return (
    <Base
      type="button"
      {...rest}
      variant="default"
      size={size}
      leftSection={icon}
      rightSection={after}
      loading={busy}
      fullWidth={wide}
      classNames={{ root: `${styles['root']} ${styles[tone]}`, section: styles['section'] }}
    />
  );
}
