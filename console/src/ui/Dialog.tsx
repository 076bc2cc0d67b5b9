import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  open: boolean;
  onClose(): void;
  title: string;
  wide?: boolean;
  children: ReactNode;
}

/** A window over the page; the focus stays in it until it is closed. */
export function Dialog({ open, onClose, title, wide = false, children }: Props) {
  return (
    <Modal
      opened={open}
      onClose={onClose}
      title={title}
      size={wide ? 720 : 480}
      centered
      transitionProps={{ duration: 100 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontWeight: 600, fontSize: 15 } }}
    >
      {children}
    </Modal>
  );
}
