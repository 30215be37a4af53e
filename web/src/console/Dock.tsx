// The dock below the sheet: console tabs and their panes.
import type { LabDetail } from "@/api/types";
import { toggleDock, useDock } from "@/view/dock";
import { IconButton } from "@/ui/Button";
import { ConsolePane } from "./ConsolePane";
import { DockGrip } from "./DockGrip";
import { DockTab } from "./DockTab";
import { NewConsole } from "./NewConsole";

export function Dock({ detail }: { detail: LabDetail }) {
  const { tabs: all, active: wanted, open, height } = useDock();
  // Consoles of deleted nodes go with them; an undo brings both back.
  const tabs = all.filter((tab) => tab.lab === detail.lab.id && detail.lab.nodes[tab.node]);
  const active = tabs.some((tab) => tab.id === wanted) ? wanted : (tabs.at(-1)?.id ?? null);
  return (
    <section className={`dock ${open ? "" : "closed"}`} aria-label="Dock" style={{ "--dock-size": `${height}px` }}>
      {open && <DockGrip />}
      <div className="dtabs">
        <div role="tablist" aria-label="Consoles">
          {tabs.map((tab) => (
            <DockTab key={tab.id} tab={tab} on={open && tab.id === active} detail={detail} />
          ))}
        </div>
        {tabs.length === 0 && <span className="hint">Consoles open here. Double click a running node.</span>}
        <div className="end">
          <NewConsole detail={detail} />
          <IconButton
            icon="chevron-down"
            iconClass="i14"
            className="sm"
            label={open ? "Close the dock" : "Open the dock"}
            style={open ? undefined : { transform: "rotate(180deg)" }}
            onClick={toggleDock}
          />
        </div>
      </div>
      <div className="panes" hidden={!open}>
        {tabs.map((tab) => (
          <ConsolePane key={tab.id} tab={tab} visible={open && tab.id === active} />
        ))}
        {tabs.length === 0 && (
          <div className="dock-empty">
            <p>
              <b>No console open</b>
              Choose a running node and press <kbd className="kbd">Enter</kbd>.
            </p>
          </div>
        )}
      </div>
    </section>
  );
}
