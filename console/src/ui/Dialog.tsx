import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  open: boolean;
  onClose(): void;
  title: string;
  wide?: boolean;
  /** The page puts the focus where it belongs when the window closes; otherwise it goes back to where it was. */
  ownFocus?: boolean;
  children: ReactNode;
}

/** A window over the page; the focus stays in it until it is closed. */
export function Dialog({ open, onClose, title, wide = false, ownFocus = false, children }: Props) {
  return (
    <Modal.Root opened={open} onClose={onClose} size={wide ? 720 : 480} centered returnFocus={!ownFocus} transitionProps={{ duration: 100 }}>
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
