// What the rest of the page may ask of the canvas.
import { useReactFlow } from "@xyflow/react";
import { type RefObject, useCallback, useEffect, useRef } from "react";
import { setSheet } from "@/view/sheet";

export const FIT = { padding: 0.16, maxZoom: 1.15, minZoom: 0.1 };

/** Gives what to do when a hand begins to move the view: from then on it is left where it is. */
export function useHandle(sheet: RefObject<HTMLElement | null>): (event: unknown) => void {
  const flow = useReactFlow();
  const fitted = useRef(true);
  useEffect(() => {
    const duration = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 220;
    setSheet({
      handle: {
        fit: () => {
          fitted.current = true;
          void flow.fitView({ ...FIT, duration });
        },
        zoomTo: (zoom) => {
          fitted.current = false;
          void flow.zoomTo(zoom, { duration });
        },
        zoomBy: (factor) => void flow.zoomTo(flow.getZoom() * factor, { duration: duration / 2 }),
        select: (keys) => {
          setSheet({ selection: keys });
          sheet.current?.focus({ preventScroll: true });
        },
        reveal: (key) => {
          fitted.current = false;
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

  // A dock that opens must not hide the lab: while nobody has moved the view, it fits again.
  useEffect(() => {
    const element = sheet.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => {
      if (fitted.current) requestAnimationFrame(() => void flow.fitView(FIT));
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [flow, sheet]);

  return useCallback((event: unknown) => {
    if (event) fitted.current = false;
  }, []);
}
