// What the rest of the page may ask of the canvas.
import { useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect } from "react";
import { setSheet } from "@/view/sheet";

export const FIT = { padding: 0.16, maxZoom: 1.15, minZoom: 0.1 };

export function useHandle(sheet: RefObject<HTMLElement | null>): void {
  const flow = useReactFlow();
  useEffect(() => {
    const duration = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 220;
    setSheet({
      handle: {
        fit: () => void flow.fitView({ ...FIT, duration }),
        zoomTo: (zoom) => void flow.zoomTo(zoom, { duration }),
        zoomBy: (factor) => void flow.zoomTo(flow.getZoom() * factor, { duration: duration / 2 }),
        select: (keys) => {
          setSheet({ selection: keys });
          sheet.current?.focus({ preventScroll: true });
        },
        reveal: (key) => {
          setSheet({ selection: [key] });
          const node = flow.getInternalNode(key);
          if (!node) return;
          const { x, y } = node.internals.positionAbsolute;
          const middle = { x: x + (node.measured.width ?? 0) / 2, y: y + (node.measured.height ?? 0) / 2 };
          void flow.setCenter(middle.x, middle.y, { zoom: Math.max(flow.getZoom(), 0.8), duration });
        },
        middle: () => {
          const box = sheet.current?.getBoundingClientRect() ?? new DOMRect();
          return flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
        },
      },
    });
    return () => setSheet({ handle: null });
  }, [flow, sheet]);
}
