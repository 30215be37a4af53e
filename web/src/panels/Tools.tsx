// The tool strip at the bottom of the sheet.
import type { Action } from "@/actions/action";
import { useContextNow } from "@/actions/context";
import { drawLink } from "@/actions/drawLink";
import { lock } from "@/actions/lock";
import { redo } from "@/actions/redo";
import { runAction } from "@/actions/run";
import { undo } from "@/actions/undo";
import { IconButton } from "@/ui/Button";
import { Keys } from "@/ui/Keys";
import { setSheet, useSheet } from "@/view/sheet";

export function Tools() {
  const { tool, locked, linkingFrom } = useSheet();
  return (
    <div className="cui tools" role="toolbar" aria-label="Canvas tools">
      <IconButton icon="select" label="Select" aria-pressed={tool === "select"} className={tool === "select" ? "on" : ""} onClick={() => setSheet({ tool: "select" })} />
      <IconButton icon="hand" label="Pan" aria-pressed={tool === "hand"} className={tool === "hand" ? "on" : ""} onClick={() => setSheet({ tool: "hand" })} />
      <Tool action={drawLink} on={linkingFrom !== null} />
      <span className="sep" />
      <Tool action={lock} on={locked} />
      <span className="sep" />
      <Tool action={undo} />
      <Tool action={redo} />
    </div>
  );
}

function Tool({ action, on = false }: { action: Action; on?: boolean }) {
  const context = useContextNow();
  const name = action.name(context);
  const tip = (
    <>
      {name}
      {action.shortcut && <Keys shortcut={action.shortcut} />}
    </>
  );
  return <IconButton icon={action.icon} label={name} tip={tip} off={action.off(context)} className={on ? "on" : ""} onClick={() => runAction(action)} />;
}
