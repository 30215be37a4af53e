import type { NodeState } from "@/api/types";
import { capital } from "@/model/state";
import { Icon } from "@/ui/Icon";

/** The whole reason of a state that has one; a failure as a card of its own. */
export function Reason({ name, state, text }: { name: string; state: NodeState; text: string }) {
  if (!text || state.state === "running") return null;
  if (state.state === "failed")
    return (
      <div className="prob" role="alert">
        <h2>
          <Icon name="state-failed" className="m-failed" />
          {name} failed
        </h2>
        <p className="sec" style={{ overflowWrap: "anywhere" }}>
          {capital(text)}
        </p>
      </div>
    );
  const tone = state.state === "degraded" ? "warn" : "info";
  const words = state.state === "waiting" ? `Waits for ${text}` : capital(text);
  return (
    <div className={`ban ${tone}`} role="status">
      <Icon name={tone === "warn" ? "warning" : "clock"} />
      <span>{words}</span>
    </div>
  );
}
