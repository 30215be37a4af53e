// What can be placed on the sheet: templates by group, and networks.
import { useState } from "react";
import { togglePalette } from "@/actions/togglePalette";
import { NETWORK } from "@/actions/place";
import { runAction } from "@/actions/run";
import { PALETTE_SEARCH } from "@/actions/searchTemplates";
import { useSystem, useTemplates } from "@/api/meta";
import type { LabDetail, Template } from "@/api/types";
import { score } from "@/model/search";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { mayEdit } from "@/model/people";
import { PaletteItem } from "./PaletteItem";

const ORDER = ["Routers", "Switching", "Services", "Hosts"];

export function Palette({ detail, rail }: { detail: LabDetail; rail: boolean }) {
  const templates = useTemplates();
  const { data: system } = useSystem();
  const [query, setQuery] = useState("");
  const groups = groupsOf([...templates.values()].filter((t) => score(query, `${t.name} ${t.group}`) > 0));
  const off = mayEdit(detail) ? null : `You can look, not change. ${detail.owner} owns this lab.`;
  const bridge = score(query, "Bridge network") > 0;
  return (
    <aside className={`pal ${rail ? "rail" : ""}`} aria-label="Templates">
      <div className="top">
        <label className="field">
          <Icon name="search" className="i14" />
          <input id={PALETTE_SEARCH} placeholder="Templates" aria-label="Search templates" value={query} onChange={(e) => setQuery(e.target.value)} />
          <kbd className="kbd">/</kbd>
        </label>
      </div>
      <div className="list">
        {groups.map(([group, items]) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            {items.map((t) => (
              <PaletteItem key={t.id} lab={detail.lab} what={t.id} icon={t.icon} name={t.name} note={noteOf(t)} about={t.description} off={off ?? cannotRun(t, system?.kinds)} />
            ))}
          </section>
        ))}
        {bridge && (
          <section aria-label="Networks">
            <h3>Networks</h3>
            <PaletteItem lab={detail.lab} what={NETWORK} icon="bridge" name="Bridge" note="" about="A shared network that any number of nodes may join." off={off} />
          </section>
        )}
        {groups.length === 0 && !bridge && <p className="none">No template is called “{query}”.</p>}
      </div>
      <div className="foot">
        <span>Drag, or click to place</span>
        <IconButton icon="sidebar" iconClass="i14" className="sm" label={rail ? "Widen the palette" : "Collapse the palette"} onClick={() => runAction(togglePalette)} />
      </div>
    </aside>
  );
}

function groupsOf(templates: Template[]): [string, Template[]][] {
  const groups = new Map<string, Template[]>();
  for (const t of templates) groups.set(t.group, [...(groups.get(t.group) ?? []), t]);
  const rank = (group: string) => (ORDER.indexOf(group) + ORDER.length + 1) % (ORDER.length + 1);
  return [...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

const noteOf = (template: Template): string => (template.kind === "netns" ? "namespace" : template.kind);

function cannotRun(template: Template, kinds: Record<string, string> | undefined): string | null {
  const why = kinds?.[template.kind];
  return why ? `${template.name} cannot run on this host: ${why}` : null;
}
