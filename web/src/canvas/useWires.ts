import type { EdgeChange } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import type { LabDetail } from "@/api/types";
import type { Box } from "@/model/geometry";
import { useSheet } from "@/view/sheet";
import type { SheetNode } from "./flow";
import { takeSelection } from "./useCards";
import { type WireEdge, boxesOf, coursesOf, mergeWires, wiresOf } from "./wires";

export function useWires(detail: LabDetail, cards: SheetNode[]) {
  const selection = useSheet((s) => s.selection);
  const { lab } = detail;
  // Cards change for many reasons; routes only for places and sizes.
  const placesKey = JSON.stringify([...boxesOf(cards)]);
  const courses = useMemo(() => coursesOf(lab, new Map(JSON.parse(placesKey) as [string, Box][])), [lab, placesKey]);
  const routed = useMemo(() => wiresOf(detail, courses), [detail, courses]);
  const marked = useMemo(() => markChosen(routed, selection), [routed, selection]);
  const [state, setState] = useState<{ marked: WireEdge[]; wires: WireEdge[] }>({ marked, wires: marked });
  if (state.marked !== marked) setState({ marked, wires: mergeWires(state.wires, marked) });
  const onEdgesChange = useCallback((changes: EdgeChange<WireEdge>[]) => takeSelection(changes), []);
  return { wires: state.wires, onEdgesChange };
}

/** Links at a chosen card keep their labels when the view is far. */
function markChosen(wires: WireEdge[], selection: string[]): WireEdge[] {
  const chosen = new Set(selection);
  return wires.map((wire) => ({
    ...wire,
    selected: chosen.has(wire.id),
    className: `${wire.className ?? ""} ${chosen.has(wire.source) || chosen.has(wire.target) ? "near" : ""}`,
  }));
}
