// One link: core, form, ports and labels; what floats on it goes through the label layer.
import { EdgeLabelRenderer, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { heal } from "@/actions/heal";
import { repair } from "@/actions/repair";
import { runAction } from "@/actions/run";
import { currentContext } from "@/actions/context";
import { linkKey } from "@/model/ends";
import { type Curve, pathOf, pointAt, splitCurve } from "@/model/geometry";
import type { Label } from "@/model/labels";
import { Icon } from "@/ui/Icon";
import type { WireData, WireEdge } from "./wires";

export const Wire = memo(function Wire({ data, selected }: EdgeProps<WireEdge>) {
  if (!data) return null;
  const { curve } = data.route;
  return (
    <g className={`wire-g ${data.form}`}>
      <path className="wire-hit react-flow__edge-interaction" d={pathOf(curve)} />
      {coresOf(curve, data.form === "cut").map((core) => (
        <path key={core} className="wire" d={core} />
      ))}
      {[data.route.a.at, data.route.b.at].map((at, i) => (
        <circle key={i} className="port" cx={at.x} cy={at.y} r={selected ? 4 : 3} />
      ))}
      {data.a && <PortLabel label={data.a} />}
      {data.b && <PortLabel label={data.b} />}
      <Badge data={data} />
    </g>
  );
});

/** A cut link has a gap in its middle. */
function coresOf(curve: Curve, cut: boolean): string[] {
  if (!cut) return [pathOf(curve)];
  return [pathOf(splitCurve(curve, 0.44)[0]), pathOf(splitCurve(curve, 0.56)[1])];
}

function PortLabel({ label }: { label: Label }) {
  return (
    <text className="wl" x={label.x} y={label.y} textAnchor={label.anchor}>
      {label.text}
    </text>
  );
}

function Badge({ data }: { data: WireData }) {
  if (data.form !== "cut" && data.form !== "drifted") return null;
  const middle = pointAt(data.route.curve, 0.5);
  const style = { transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` };
  return (
    <EdgeLabelRenderer>
      {data.form === "cut" ? (
        <button
          type="button"
          className="wbadge cut nodrag nopan"
          style={style}
          aria-label="Heal link"
          title={data.canOperate ? "Cut. Click to heal." : "Cut"}
          onClick={() => runAction(heal, { ...currentContext(), selection: [linkKey(data.id)] })}
        >
          <Icon name="cut-link" />
        </button>
      ) : (
        <span className="wbadge drifted" style={style} title={data.why || "The lab file has this link, the host does not."}>
          Not plumbed
          {data.canOperate && (
            <button type="button" className="nodrag nopan" onClick={() => runAction(repair, { ...currentContext(), selection: [linkKey(data.id)] })}>
              Repair
            </button>
          )}
        </span>
      )}
    </EdgeLabelRenderer>
  );
}
