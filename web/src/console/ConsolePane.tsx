import { useEffect, useRef, useState } from "react";
import { useLab } from "@/api/labs";
import type { Tab } from "@/view/dock";
import { useNow } from "@/view/clock";
import { InGuacamole } from "./InGuacamole";
import { type TerminalState, useTerminal } from "./useTerminal";

/** One console. A hidden pane keeps its connection and goes on taking output. */
export function ConsolePane({ tab, visible }: { tab: Tab; visible: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const { data } = useLab(tab.lab);
  const there = data?.status.nodes[tab.node]?.consoles?.includes(tab.console) ?? false;
  // A tab of an earlier visit may be of a node that does not run; what was once there stays in sight.
  const [ready, setReady] = useState(there);
  if (there && !ready) setReady(true);
  const state = useTerminal(box, tab, visible, ready);
  // A node that was started again has its console back before the next try would come.
  const { retry } = state;
  useEffect(() => {
    if (there) retry();
  }, [there, retry]);
  const name = data?.lab.nodes[tab.node]?.name ?? `node ${tab.node}`;
  return (
    <div className="pane" hidden={!visible} role="tabpanel" id={`pane-${tab.id}`} aria-label={`Console of ${name}`}>
      <header>
        <b>{name}</b>
        <span>{tab.console}</span>
        <span className="w" role="status">
          {ready ? <Word state={state} /> : <span>Waits until {name} runs</span>}
        </span>
        {there && <InGuacamole tab={tab} />}
      </header>
      <div className="termbox" ref={box} />
    </div>
  );
}

function Word({ state }: { state: TerminalState }) {
  const now = useNow(500);
  const { link, failed, retry } = state;
  if (link.state === "open" && !failed) return <span>Connected</span>;
  if (link.state === "connecting") return <span>Connecting</span>;
  const left = link.state === "lost" ? Math.max(0, Math.ceil((link.retryAt_ms - now) / 1000)) : 0;
  const when = left > 0 ? `trying again in ${left} s` : "trying now";
  return (
    <>
      <span className="lost">{failed ? failed : `Connection lost, ${when}`}</span>
      {link.state === "lost" && (
        <button type="button" onClick={retry}>
          Try now
        </button>
      )}
    </>
  );
}
