import { Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFocusBack } from './useFocusBack';

interface DialogProps {
  title: string;
  onClose: () => void;
  size?: ModalProps['size'];
  bare?: boolean; // The title is for screen readers only, and content reaches the border.
  closeOnClickOutside?: boolean;
  children: ReactNode;
}

/**
 * A modal dialog with its title; it is mounted only while it is open. Its head is no <header>:
 * beside the frame's that would be a second banner of the page.
 */
export function Dialog({ title, onClose, size = 'md', bare = false, closeOnClickOutside = true, children }: DialogProps) {
  const { t } = useTranslation();
  useFocusBack();
  return (
    <Modal.Root opened onClose={onClose} size={size} closeOnClickOutside={closeOnClickOutside} {...(bare ? { yOffset: '12vh' } : {})}>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <div className={bare ? 'visually-hidden' : 'dialog-head'}>
          <Modal.Title fw={620}>{title}</Modal.Title>
          {!bare && <Modal.CloseButton aria-label={t('act.close')} />}
        </div>
        <Modal.Body p={bare ? 0 : 'md'} {...(bare ? {} : { pt: 0 })}>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
