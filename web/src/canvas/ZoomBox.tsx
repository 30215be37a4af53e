import { useReactFlow, useViewport } from "@xyflow/react";
import { IconButton } from "@/ui/Button";
import { FIT } from "./useHandle";

/** Zoom, bottom left: out, the figure (click for 100 %), in, fit. */
export function ZoomBox() {
  const flow = useReactFlow();
  const { zoom } = useViewport();
  return (
    <div className="cui zoom nopan">
      <IconButton icon="minus" iconClass="i14" className="sm" label="Zoom out" onClick={() => void flow.zoomOut({ duration: 120 })} />
      <button type="button" className="pct num" aria-label={`Zoom is ${Math.round(zoom * 100)} %, go to 100 %`} onClick={() => void flow.zoomTo(1, { duration: 120 })}>
        {Math.round(zoom * 100)} %
      </button>
      <IconButton icon="plus" iconClass="i14" className="sm" label="Zoom in" onClick={() => void flow.zoomIn({ duration: 120 })} />
      <IconButton icon="fit" iconClass="i14" className="sm" label="Fit the lab into view" onClick={() => void flow.fitView({ ...FIT, duration: 220 })} />
    </div>
  );
}
