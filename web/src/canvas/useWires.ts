import type { EdgeChange } from "@xyflow/react";
import { useCallback, useMemo, useRef } from "react";
import type { LabDetail } from "@/api/types";
import { useSheet } from "@/view/sheet";
import type { SheetNode } from "./flow";
import { takeSelection } from "./useCards";
import { type WireEdge, boxesOf, mergeWires, wiresOf } from "./wires";

export function useWires(detail: LabDetail, cards: SheetNode[]) {
  const selection = useSheet((s) => s.selection);
  const before = useRef<WireEdge[]>([]);
  const places = boxesOf(cards);
  // Cards change for many reasons; routes only for places and sizes.
  const placesKey = JSON.stringify([...places]);
  const routed = useMemo(() => wiresOf(detail, new Map(JSON.parse(placesKey) as [string, { x: number; y: number; w: number; h: number }][])), [detail, placesKey]);
  const wires = useMemo(() => {
    const chosen = new Set(selection);
    const marked = routed.map((wire) => ({
      ...wire,
      selected: chosen.has(wire.id),
      className: `${wire.className ?? ""} ${chosen.has(wire.source) || chosen.has(wire.target) ? "near" : ""}`,
    }));
    return mergeWires(before.current, marked);
  }, [routed, selection]);
  before.current = wires;
  const onEdgesChange = useCallback((changes: EdgeChange<WireEdge>[]) => takeSelection(changes), []);
  return { wires, onEdgesChange };
}
