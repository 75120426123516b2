/** Details beside the view (on a phone below it), which goes on living: not modal, closed by Escape or its button. */
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { Icon } from "./icon.js";

export interface PanelProps {
  title: ReactNode;
  subtitle?: ReactNode;
  /** As wide as there is room for: several regions side by side. */
  isWide?: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Panel({ title, subtitle, isWide = false, onClose, children }: PanelProps) {
  return (
    <Dialog.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Content
          className={isWide ? "panel wide" : "panel"}
          aria-describedby={undefined}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <div className="panel-head">
            <div>
              <Dialog.Title asChild>
                <h2>{title}</h2>
              </Dialog.Title>
              {subtitle !== undefined && <p className="quiet">{subtitle}</p>}
            </div>
            <Dialog.Close className="button bare round small" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <div className="panel-body">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
