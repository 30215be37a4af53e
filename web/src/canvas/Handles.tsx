import { Handle, Position } from "@xyflow/react";
import { memo } from "react";

const SIDES = [Position.Top, Position.Right, Position.Bottom, Position.Left];

/** Round handles to draw a link from; any of them takes a link too. */
export const Handles = memo(function Handles() {
  return SIDES.map((side) => <Handle key={side} id={side} type="source" position={side} />);
});
