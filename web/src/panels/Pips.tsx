import type { LabDetail } from "@/api/types";
import { type Mark, STOPPED, markOf } from "@/model/state";

const ORDER: Mark[] = ["running", "degraded", "waiting", "booting", "failed", "stopped"];
/** Above this the pips would push the words away; the words alone say it then. */
const MOST = 40;

/** One pip a node, then words. */
export function Pips({ detail }: { detail: LabDetail }) {
  const states = Object.keys(detail.lab.nodes).map((id) => (detail.status.nodes[id] ?? STOPPED).state);
  const marks = states.map(markOf).sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const running = marks.filter((mark) => mark === "running" || mark === "degraded").length;
  return (
    <div className="runpill" role="status" aria-label={`${running} of ${states.length} nodes running`}>
      {marks.length > 0 && marks.length <= MOST && (
        <span className="pips" aria-hidden="true">
          {marks.map((mark, i) => (
            <i key={i} className={mark === "stopped" ? "o" : ""} style={{ "--c": `var(--st-${mark === "waiting" ? "booting" : mark}-mark)` }} />
          ))}
        </span>
      )}
      <span className="num">{states.length === 0 ? "No nodes yet" : `${running} of ${states.length} running`}</span>
    </div>
  );
}
