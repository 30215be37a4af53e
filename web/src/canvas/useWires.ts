import type { EdgeChange } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import type { LabDetail } from "@/api/types";
import { useSheet } from "@/view/sheet";
import type { SheetNode } from "./flow";
import { takeSelection } from "./useCards";
import { type WireEdge, boxesOf, mergeWires, wiresOf } from "./wires";

export function useWires(detail: LabDetail, cards: SheetNode[]) {
  const selection = useSheet((s) => s.selection);
  const places = boxesOf(cards);
  // Cards change for many reasons; routes only for places and sizes.
  const placesKey = JSON.stringify([...places]);
  const routed = useMemo(() => wiresOf(detail, new Map(JSON.parse(placesKey) as [string, { x: number; y: number; w: number; h: number }][])), [detail, placesKey]);
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
