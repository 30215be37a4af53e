// Level of detail as one class on the sheet, so that 300 nodes change by CSS and not by drawing.
import { useOnViewportChange, useReactFlow } from "@xyflow/react";
import { type RefObject, useCallback, useEffect, useRef } from "react";
import { type Lod, lodAt } from "@/model/lod";

export function useLod(sheet: RefObject<HTMLElement | null>): void {
  const lod = useRef<Lod>(0);
  const flow = useReactFlow();
  const apply = useCallback(
    (zoom: number) => {
      const element = sheet.current;
      if (!element) return;
      element.style.setProperty("--zoom", String(zoom));
      const next = lodAt(zoom, lod.current);
      element.classList.remove(`lod-${lod.current}`);
      element.classList.add(`lod-${next}`);
      lod.current = next;
    },
    [sheet],
  );
  useEffect(() => apply(flow.getZoom()), [apply, flow]);
  useOnViewportChange({ onChange: ({ zoom }) => apply(zoom) });
}
