import type { NodeStatus } from "@/api/types";
import { count } from "@/model/words";
import { Icon } from "@/ui/Icon";
import { StateMark } from "@/ui/StateMark";

type Process = NonNullable<NodeStatus["processes"]>[number];

export function ProcessTab({ status }: { status: NodeStatus }) {
  const processes = status.processes ?? [];
  if (processes.length === 0)
    return (
      <div className="empty">
        <Icon name="list" />
        <b>No processes</b>
        <p>What the node runs shows up here once it is started, with restarts and how each ended.</p>
      </div>
    );
  return (
    <ul className="rows">
      {processes.map((process) => (
        <ProcessRow key={process.name} process={process} />
      ))}
    </ul>
  );
}

function ProcessRow({ process }: { process: Process }) {
  const ended = process.last_end ?? "";
  return (
    <li>
      <div className="row" style={{ gridTemplateColumns: "12px minmax(0, 1fr) auto" }}>
        <StateMark mark={process.running ? "running" : ended && ended !== "exit status 0" ? "failed" : "stopped"} />
        <span>
          {process.name} {process.restarts > 0 && <span className="muted">{count(process.restarts, "restart")}</span>}
        </span>
        <em className="num">{process.running ? `pid ${process.pid}` : ended || "not running"}</em>
      </div>
      {process.running && process.restarts > 0 && ended && <p style={{ paddingLeft: 18 }}>last: {ended}</p>}
    </li>
  );
}
