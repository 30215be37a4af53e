// A node: how it is, what it uses, what it is linked to, what runs in it.
import { useState } from "react";
import { runAction } from "@/actions/run";
import { openConsole } from "@/actions/openConsole";
import { restart } from "@/actions/restart";
import { start } from "@/actions/start";
import { stop } from "@/actions/stop";
import { wipe } from "@/actions/wipe";
import { statusOf, useContextNow } from "@/actions/context";
import { useTemplates } from "@/api/meta";
import type { LabDetail, Node, NodeStatus } from "@/api/types";
import { iconOf } from "@/model/shape";
import { isOn, markOf, titleOf } from "@/model/state";
import { lasting } from "@/model/words";
import { Button, IconButton } from "@/ui/Button";
import { StateMark } from "@/ui/StateMark";
import { Tile } from "@/ui/Tile";
import { useNow } from "@/view/clock";
import { InterfaceTab } from "./InterfaceTab";
import { NodeTab } from "./NodeTab";
import { ProcessTab } from "./ProcessTab";

const TABS = ["Node", "Interfaces", "Processes"] as const;

export function NodePanel({ detail, id }: { detail: LabDetail; id: number }) {
  const [tab, setTab] = useState<(typeof TABS)[number]>("Node");
  const node = detail.lab.nodes[id];
  if (!node) return null;
  const status = statusOf(detail, id);
  return (
    <>
      <Head node={node} status={status} />
      <Acts status={status} />
      <div className="tabs" role="tablist" aria-label={`About ${node.name}`}>
        {TABS.map((name) => (
          <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => setTab(name)}>
            {name}
          </button>
        ))}
      </div>
      <div className="body" role="tabpanel">
        {tab === "Node" && <NodeTab detail={detail} id={id} node={node} status={status} />}
        {tab === "Interfaces" && <InterfaceTab detail={detail} id={id} node={node} />}
        {tab === "Processes" && <ProcessTab status={status} />}
      </div>
    </>
  );
}

function Head({ node, status }: { node: Node; status: NodeStatus }) {
  const now = useNow(1000);
  const templates = useTemplates();
  const mark = markOf(status.state);
  return (
    <div className="head">
      <Tile icon={iconOf(node, templates)} mark={mark} />
      <div style={{ minWidth: 0 }}>
        <h2>{node.name}</h2>
        <span className={`st st-${mark}`}>
          <StateMark mark={mark} />
          {titleOf(status.state)} {status.since_ms > 0 && status.state.state !== "stopped" && <em className="num">{lasting(status.since_ms, now)}</em>}
        </span>
      </div>
    </div>
  );
}

function Acts({ status }: { status: NodeStatus }) {
  const context = useContextNow();
  const life = isOn(status.state) ? stop : start;
  return (
    <div className="nact">
      <Button icon="console" off={openConsole.off(context)} onClick={() => runAction(openConsole)}>
        Console
      </Button>
      <Button icon={life.icon} iconClass={life === start ? "go" : ""} off={life.off(context) ?? null} onClick={() => runAction(life)}>
        {life === start ? "Start" : "Stop"}
      </Button>
      <IconButton icon="restart" iconClass="i14" className="boxed" label="Restart" off={restart.off(context)} onClick={() => runAction(restart)} />
      <IconButton icon="wipe" iconClass="i14" className="boxed" label="Wipe" off={wipe.off(context)} onClick={() => runAction(wipe)} />
    </div>
  );
}
