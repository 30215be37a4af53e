import type { KeyboardEvent, PointerEvent } from "react";
import { resizeDock, useDock } from "@/view/dock";

const STEP = 24;

/** The dock's upper edge: drag it, or move it by arrow keys. */
export function DockGrip() {
  const height = useDock((s) => s.height);
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) resizeDock(window.innerHeight - event.clientY);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowUp") resizeDock(height + STEP);
    if (event.key === "ArrowDown") resizeDock(height - STEP);
  };
  return (
    <div
      className="grip"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the dock"
      aria-valuenow={height}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}
