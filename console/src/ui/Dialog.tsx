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
    <Modal.Root opened={open} onClose={onClose} size={wide ? 720 : 480} centered transitionProps={{ duration: 100 }}>
      <Modal.Overlay />
      <Modal.Content>
        {/* A `header` here would be a second banner of the page. */}
        <Modal.Header {...{ component: 'div' }}>
          <Modal.Title style={{ fontWeight: 600, fontSize: 15 }}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
