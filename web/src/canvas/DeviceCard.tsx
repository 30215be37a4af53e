// The card of a node: tile, name, second line, state mark, CPU and memory.
import { type NodeProps } from "@xyflow/react";
import { memo } from "react";
import { StateMark } from "@/ui/StateMark";
import { Tile } from "@/ui/Tile";
import { FailureCard } from "./FailureCard";
import { Handles } from "./Handles";
import type { DeviceNode } from "./flow";

export const DeviceCard = memo(function DeviceCard({ data }: NodeProps<DeviceNode>) {
  return (
    <>
      <div className={`node ${data.mark}`} style={{ width: data.width }} title={data.detail || undefined}>
        <Tile icon={data.icon} mark={data.mark} />
        <div className="txt">
          <div className="nm">{data.name}</div>
          <div className="sub">{data.sub}</div>
        </div>
        <div className="side">
          <StateMark mark={data.mark} />
          {data.cpu !== null && data.rss !== null && (
            <span className="meters">
              <Meter value={data.cpu} />
              <Meter value={data.rss} />
            </span>
          )}
        </div>
        {data.pending && <span className="pend">Restart</span>}
      </div>
      <Handles />
      {data.mark === "failed" && <FailureCard data={data} />}
    </>
  );
});

/** Grey to 70 %, amber to 90 %, red above. */
function Meter({ value }: { value: number }) {
  const v = Math.min(100, Math.max(value > 0 ? 6 : 0, value));
  const tone = value > 90 ? "var(--st-failed-mark)" : value > 70 ? "var(--st-degraded-mark)" : undefined;
  return <i style={{ "--v": `${v}%`, "--m": tone }} />;
}
