// The right panel: all about the one thing that is chosen.
import { runAction } from "@/actions/run";
import { toggleInspector } from "@/actions/toggleInspector";
import type { LabDetail } from "@/api/types";
import { idOf } from "@/model/ends";
import { count } from "@/model/words";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { useSheet } from "@/view/sheet";
import { LabPanel } from "./LabPanel";
import { LinkPanel } from "./LinkPanel";
import { NetworkPanel } from "./NetworkPanel";
import { NodePanel } from "./NodePanel";

export function Inspector({ detail, rail }: { detail: LabDetail; rail: boolean }) {
  if (rail)
    return (
      <aside className="insp" aria-label="Inspector">
        <div className="railbox">
          <IconButton icon="sidebar" label="Open the inspector" onClick={() => runAction(toggleInspector)} />
        </div>
      </aside>
    );
  return (
    <aside className="insp" aria-label="Inspector">
      <Inside detail={detail} />
    </aside>
  );
}

function Inside({ detail }: { detail: LabDetail }) {
  const selection = useSheet((s) => s.selection);
  const [key] = selection;
  if (!key) return <LabPanel detail={detail} />;
  if (selection.length > 1) return <Several n={selection.length} />;
  const id = idOf(key);
  const link = detail.lab.links.find((l) => l.id === id);
  if (key.startsWith("n") && detail.lab.nodes[id]) return <NodePanel key={key} detail={detail} id={id} />;
  if (key.startsWith("w") && detail.lab.networks[id]) return <NetworkPanel detail={detail} id={id} />;
  if (key.startsWith("l") && link) return <LinkPanel detail={detail} link={link} />;
  return <LabPanel detail={detail} />;
}

function Several({ n }: { n: number }) {
  return (
    <div className="empty">
      <Icon name="group" />
      <b>{count(n, "thing")} chosen</b>
      <p>S starts or stops them, R restarts, X cuts their links, Del deletes. A right click has it all.</p>
    </div>
  );
}
