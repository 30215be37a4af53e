import { restart } from "@/actions/restart";
import { runAction } from "@/actions/run";
import { useTemplates } from "@/api/meta";
import type { LabDetail, Node, NodeStatus } from "@/api/types";
import { kindOf } from "@/model/shape";
import { detailOf, isLive } from "@/model/state";
import { listed } from "@/model/words";
import { Banner } from "@/ui/Banner";
import { Button } from "@/ui/Button";
import { mayEdit } from "@/model/people";
import { Meters } from "./Meters";
import { NameField } from "./NameField";
import { NodeLinks } from "./NodeLinks";
import { Reason } from "./Reason";

interface Props {
  detail: LabDetail;
  id: number;
  node: Node;
  status: NodeStatus;
}

export function NodeTab({ detail, id, node, status }: Props) {
  const templates = useTemplates();
  const settings = node.kind === "netns" ? node.settings : null;
  return (
    <>
      <Reason name={node.name} state={status.state} text={detailOf(status.state)} />
      <Pending pending={status.pending ?? []} />
      {isLive(status.state) && <Meters status={status} />}
      <dl className="kv">
        <dt>Name</dt>
        <dd>
          <NameField key={node.name} lab={detail.lab} id={id} name={node.name} off={!mayEdit(detail)} />
        </dd>
        <dt>Template</dt>
        <dd>{kindOf(node, templates)}</dd>
        {settings && settings.gateways && settings.gateways.length > 0 && (
          <>
            <dt>Gateway</dt>
            <dd className="mono">{settings.gateways.join(", ")}</dd>
          </>
        )}
        {Object.keys(node.labels ?? {}).length > 0 && (
          <>
            <dt>Labels</dt>
            <dd>
              {Object.entries(node.labels ?? {}).map(([key, value]) => (
                <span key={key} className="chip">
                  {value ? `${key}: ${value}` : key}
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
      <NodeLinks detail={detail} id={id} node={node} />
    </>
  );
}

function Pending({ pending }: { pending: string[] }) {
  if (pending.length === 0) return null;
  return (
    <Banner
      tone="warn"
      icon="restart"
      action={
        <Button size="sm" onClick={() => runAction(restart)}>
          Restart
        </Button>
      }
    >
      <b>Pending until restart:</b> {listed(pending)}
    </Banner>
  );
}
