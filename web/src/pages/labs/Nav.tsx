import { useSystem } from "@/api/meta";
import type { LabSummary } from "@/api/types";
import { Icon } from "@/ui/Icon";
import { FILTERS, type Filter } from "./filter";

interface Props {
  labs: LabSummary[];
  me: string;
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

export function Nav({ labs, me, filter, onFilter }: Props) {
  const { data: system } = useSystem();
  return (
    <nav className="nav" aria-label="Labs">
      {FILTERS.map(({ id, icon, name, test }) => {
        const n = labs.filter((lab) => test(lab, me)).length;
        // Administrators alone see labs that are neither theirs nor shared with them.
        if (id === "others" && n === 0 && filter !== id) return null;
        return (
          <button key={id} type="button" aria-current={filter === id ? "page" : undefined} onClick={() => onFilter(id)}>
            <Icon name={icon} />
            {name}
            {n > 0 && <em className="num">{n}</em>}
          </button>
        );
      })}
      <button type="button" aria-current={filter === "samples" ? "page" : undefined} onClick={() => onFilter("samples")}>
        <Icon name="layers" />
        Sample labs
      </button>
      <div className="host">
        <b title={location.host}>{location.host}</b>
        {system && (
          <>
            <span className={`st st-${system.agent_reachable ? "running" : "failed"}`}>
              <Icon name={system.agent_reachable ? "state-running" : "state-failed"} />
              {system.agent_reachable ? "Agent answers" : "Agent does not answer"}
            </span>
            {system.agent_reachable && system.agent && <span>{system.agent}</span>}
            <span>
              nova-ve {system.version}
              {system.rootless ? ", without root" : ""}
            </span>
          </>
        )}
      </div>
    </nav>
  );
}
