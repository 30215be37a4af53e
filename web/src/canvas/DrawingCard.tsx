// Text, notes, shapes and groups. What somebody wrote is drawn as text, never as markup.
import { type NodeProps } from "@xyflow/react";
import { memo } from "react";
import type { Drawing } from "@/api/types";
import { Markdown } from "@/ui/Markdown";
import type { DrawingNode } from "./flow";

export const DrawingCard = memo(function DrawingCard({ data }: NodeProps<DrawingNode>) {
  const { drawing } = data;
  const { width, height } = sizeOf(drawing);
  switch (drawing.kind) {
    case "note":
      return (
        <div className="notecard" style={width ? { width } : undefined}>
          <Markdown text={drawing.text ?? ""} />
        </div>
      );
    case "group":
    case "rect":
    case "ellipse":
      return (
        <div style={{ width: width ?? 200, height: height ?? 120 }}>
          <div className={`grp ${drawing.kind === "group" ? "" : "slate"} ${drawing.kind}`}>{drawing.text && <span>{drawing.text}</span>}</div>
        </div>
      );
    default:
      return <div className="plain-text">{drawing.text || drawing.kind}</div>;
  }
});

/** Further keys of a drawing are its kind's own; sizes are numbers or nothing. */
function sizeOf(drawing: Drawing): { width: number | undefined; height: number | undefined } {
  const extra = drawing as unknown as Record<string, unknown>;
  const number = (key: string) => (typeof extra[key] === "number" && extra[key] > 0 ? Math.min(extra[key], 4000) : undefined);
  return { width: number("width"), height: number("height") };
}
