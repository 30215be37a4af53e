import { useState } from "react";
import type { NodeStatus } from "@/api/types";
import { bytes } from "@/model/words";
import { Spark } from "@/ui/Spark";

const KEPT = 60;

/** CPU and memory now, and as far back as the panel has been open. */
export function Meters({ status }: { status: NodeStatus }) {
  const cpu = Math.round(status.usage?.cpu_percent ?? 0);
  const rss = status.usage?.rss_bytes ?? 0;
  const memory = bytes(rss);
  return (
    <div className="mtr">
      <div>
        <small>CPU</small>
        <b className="num">
          {cpu}
          <em> % of 1 core</em>
        </b>
        <Spark values={useHistory(cpu, status)} most={20} />
      </div>
      <div>
        <small>Memory</small>
        <b className="num">
          {memory.figure}
          <em> {memory.unit}</em>
        </b>
        <Spark values={useHistory(rss, status)} most={rss * 1.4} />
      </div>
    </div>
  );
}

/** One more figure for each status that came. */
function useHistory(value: number, status: NodeStatus): number[] {
  const [seen, setSeen] = useState<{ status: NodeStatus; values: number[] }>({ status, values: [value] });
  if (seen.status !== status) setSeen({ status, values: [...seen.values, value].slice(-KEPT) });
  return seen.values;
}
