// Level of detail as one class on the sheet, so that 300 nodes change by CSS and not by drawing.
import { useStoreApi } from "@xyflow/react";
import { type RefObject, useEffect } from "react";
import { type Lod, lodAt } from "@/model/lod";

export function useLod(sheet: RefObject<HTMLElement | null>): void {
  const store = useStoreApi();
  useEffect(() => {
    let lod: Lod = 0;
    let before = 0;
    let stepBefore = 0;
    const apply = () => {
      const zoom = store.getState().transform[2];
      const element = sheet.current;
      if (!element || zoom === before) return;
      before = zoom;
      const next = lodAt(zoom, lod);
      // At full detail nothing depends on it; elsewhere a step of 6 % is not seen and saves drawing.
      const step = next === 0 ? 1 : 1.06 ** Math.round(Math.log(zoom) / Math.log(1.06));
      if (step !== stepBefore) element.style.setProperty("--zoom", step.toFixed(4));
      stepBefore = step;
      if (next === lod) return;
      element.classList.remove(`lod-${lod}`);
      element.classList.add(`lod-${next}`);
      lod = next;
    };
    apply();
    return store.subscribe(apply);
  }, [sheet, store]);
}
