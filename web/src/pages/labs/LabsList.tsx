import { Menu } from "@mantine/core";
import { useState } from "react";
import { importLab } from "@/actions/importLab";
import { runAction } from "@/actions/run";
import type { LabSummary } from "@/api/types";
import { count } from "@/model/words";
import { Icon } from "@/ui/Icon";
import { LabCard } from "./LabCard";
import { FILTERS, type Filter, type Sort, shownLabs } from "./filter";

interface Props {
  labs: LabSummary[];
  filter: Filter;
  me: string;
  now_ms: number;
}

const SORTS: Record<Sort, string> = { changed: "Last change", name: "Name" };

export function LabsList({ labs, filter, me, now_ms }: Props) {
  const [query, setQuery] = useState("");
  const [sort, setSort] = useState<Sort>("changed");
  const shown = shownLabs(labs, filter, query, sort, me);
  const running = shown.filter((lab) => lab.running_count > 0).length;
  return (
    <>
      <div className="title">
        <h1>{FILTERS.find((f) => f.id === filter)?.name}</h1>
        <span className="muted">
          {count(shown.length, "lab")}
          {running > 0 ? `, ${running} running` : ""}
        </span>
        <div className="end">
          <label className="field">
            <Icon name="search" className="i14" />
            <input placeholder="Find a lab" aria-label="Find a lab" value={query} onChange={(event) => setQuery(event.target.value)} />
          </label>
          <SortMenu sort={sort} onSort={setSort} />
        </div>
      </div>
      <div className="cards">
        {shown.map((lab) => (
          <LabCard key={lab.id} lab={lab} now_ms={now_ms} />
        ))}
      </div>
      {shown.length === 0 && <p className="muted">{query ? `No lab is called “${query}”.` : "No labs here."}</p>}
      <button type="button" className="drop strip" onClick={() => runAction(importLab)}>
        <Icon name="import" />
        <div>
          <b>Drop a lab here to import it, or choose a file</b>
          <span>nova-ve’s own, or containerlab’s with its folder. You see what it brings before anything is saved.</span>
        </div>
        <span className="mono">.json .clab.yml</span>
      </button>
    </>
  );
}

function SortMenu({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }) {
  return (
    <Menu position="bottom-end" shadow="none">
      <Menu.Target>
        <button type="button" className="btn" aria-label={`Sorted by ${SORTS[sort].toLowerCase()}`}>
          <Icon name="sort" className="i14" />
          {SORTS[sort]}
          <Icon name="chevron-down" className="i12" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["changed", "name"] as const).map((key) => (
          <Menu.Item key={key} onClick={() => onSort(key)} leftSection={<Icon name="check" className="i14" style={{ opacity: key === sort ? 1 : 0 }} />}>
            {SORTS[key]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
