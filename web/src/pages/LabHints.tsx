import type { LabDetail } from "@/api/types";
import { idOf } from "@/model/ends";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { setSheet, useSheet } from "@/view/sheet";
import { mayEdit } from "@/model/people";

/** An empty sheet teaches the first step. */
export function SheetEmpty({ detail }: { detail: LabDetail }) {
  const { nodes, networks, drawings } = detail.lab;
  if (Object.keys(nodes).length + Object.keys(networks).length + drawings.length > 0) return null;
  return (
    <div className="sheet-empty">
      <div>
        <h2>An empty sheet</h2>
        <p>{mayEdit(detail) ? "Drag a router from the left, then another. Pull a link from the handle of one to the other and press Start." : "Nothing is drawn here yet."}</p>
      </div>
    </div>
  );
}

/** While a link is being drawn: from where, and how to get out of it. */
export function LinkingHint({ detail }: { detail: LabDetail }) {
  const from = useSheet((s) => s.linkingFrom);
  if (!from) return null;
  const things = from.startsWith("w") ? detail.lab.networks : detail.lab.nodes;
  return (
    <div className="cui hintchip" role="status">
      <Icon name="link" className="i14" />
      <span>Link from {things[idOf(from)]?.name}: click where it ends</span>
      <IconButton icon="close" iconClass="i12" className="sm" label="Stop drawing" onClick={() => setSheet({ linkingFrom: null })} />
    </div>
  );
}
