import { Modal } from "@mantine/core";
import type { ReactNode } from "react";

/** A form over the page; Escape or a click beside it leaves. */
export function Dialog({ label, onClose, children, size = 440 }: { label: string; onClose: () => void; children: ReactNode; size?: number }) {
  return (
    <Modal opened onClose={onClose} withCloseButton={false} padding={0} size={size} yOffset="14vh" transitionProps={{ duration: 0 }} aria-label={label}>
      {children}
    </Modal>
  );
}
