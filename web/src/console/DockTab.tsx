import type { LabDetail } from "@/api/types";
import { Icon } from "@/ui/Icon";
import { type Tab, closeTab, showTab } from "@/view/dock";

/** The node's name; the console's too when the node has several open. */
export function DockTab({ tab, on, detail }: { tab: Tab; on: boolean; detail: LabDetail }) {
  const name = detail.lab.nodes[tab.node]?.name ?? `node ${tab.node}`;
  return (
    <div className={`dtab ${on ? "on" : ""}`}>
      <button
        type="button"
        role="tab"
        aria-selected={on}
        aria-controls={`pane-${tab.id}`}
        onClick={() => showTab(tab.id)}
        onAuxClick={(event) => {
          if (event.button === 1) closeTab(tab.id);
        }}
      >
        <Icon name="console" />
        {name} <em>{tab.console}</em>
      </button>
      <button type="button" className="x" aria-label={`Close console of ${name}`} onClick={() => closeTab(tab.id)}>
        <Icon name="close" />
      </button>
    </div>
  );
}
