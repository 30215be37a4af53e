import type { Interface, LabDetail, Node } from "@/api/types";
import { endOwner, interfaceIds, linkOn } from "@/model/ends";
import { Icon } from "@/ui/Icon";

export function InterfaceTab({ detail, id, node }: { detail: LabDetail; id: number; node: Node }) {
  return (
    <ul className="rows">
      {interfaceIds(node).map((index) => {
        const far = linkOn(detail.lab, id, index)?.far;
        return <InterfaceRow key={index} item={node.interfaces?.[index]} index={index} far={far ? endOwner(detail.lab, far) : null} />;
      })}
    </ul>
  );
}

function InterfaceRow({ item, index, far }: { item: Interface | undefined; index: number; far: string | null }) {
  const facts = [...(item?.addresses ?? []), ...(item?.mac ? [item.mac] : [])];
  return (
    <li>
      <div className="row">
        <code>{item?.name || `if${index}`}</code>
        <Icon name={far ? "arrow-right" : "minus"} />
        <span className={far ? "" : "muted"}>{far ?? "free"}</span>
      </div>
      {facts.map((fact) => (
        <p key={fact}>{fact}</p>
      ))}
    </li>
  );
}
