// Cause and cure of a failure beside its card: on hover, and once by itself when it happens.
import { NodeToolbar, Position, useStore } from "@xyflow/react";
import { useEffect, useState } from "react";
import { openConsole } from "@/actions/openConsole";
import { runAction } from "@/actions/run";
import { start } from "@/actions/start";
import { currentContext } from "@/actions/context";
import { nodeKey } from "@/model/ends";
import { capital } from "@/model/state";
import { Button, IconButton } from "@/ui/Button";
import { StateMark } from "@/ui/StateMark";
import { useSheet } from "@/view/sheet";
import { useWide } from "@/view/wide";
import type { DeviceData } from "./flow";

/** A failure older than this was seen before the page was opened. */
const FRESH_MS = 15_000;
const STAYS_MS = 20_000;

export function FailureCard({ data }: { data: DeviceData }) {
  const [open, setOpen] = useState(() => Date.now() - data.since_ms < FRESH_MS);
  const wide = useWide();
  const inspector = useSheet((s) => s.inspectorOpen) ?? wide;
  // An open inspector says it already.
  const selected = useStore((s) => s.nodeLookup.get(nodeKey(data.id))?.selected ?? false) && !inspector;
  useEffect(() => {
    if (!open) return;
    const timer = setTimeout(() => setOpen(false), STAYS_MS);
    return () => clearTimeout(timer);
  }, [open]);
  const context = { ...currentContext(), selection: [nodeKey(data.id)] };
  return (
    <NodeToolbar isVisible={open || selected} position={Position.Top} offset={14} className="pop fcard nodrag nopan" role="status">
      <h4>
        <StateMark mark="failed" />
        {data.name} failed
        {open && !selected && <IconButton icon="close" label="Close" className="sm" iconClass="i12" style={{ marginLeft: "auto" }} onClick={() => setOpen(false)} />}
      </h4>
      <p className="sec">{capital(data.detail) || "The agent gave no reason."}</p>
      <div className="row">
        <Button look="primary" size="sm" off={start.off(context)} onClick={() => runAction(start, context)}>
          Start again
        </Button>
        {openConsole.off(context) === null && (
          <Button size="sm" onClick={() => runAction(openConsole, context)}>
            Console
          </Button>
        )}
      </div>
    </NodeToolbar>
  );
}
