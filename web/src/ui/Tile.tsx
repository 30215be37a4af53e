import type { CSSProperties } from "react";
import type { Mark } from "@/model/state";
import { shapeOf } from "@/model/shape";

/** A node's icon in its form: inked when it runs, hollow when not. */
export function Tile({ icon, mark, style }: { icon: string; mark: Mark; style?: CSSProperties }) {
  return (
    <div className={`tile ${shapeOf(icon)} ${mark}`} style={style}>
      <svg aria-hidden="true">
        <use href={`#i-${icon}`} />
      </svg>
    </div>
  );
}
