// What hands do on the sheet: drag, connect, click, open the menu, drop from the palette.
import { type Connection, useReactFlow } from "@xyflow/react";
import { type DragEvent, type MouseEvent, useMemo } from "react";
import { connect } from "@/actions/connect";
import { move } from "@/actions/move";
import { openConsole } from "@/actions/openConsole";
import { DRAG_TYPE, place } from "@/actions/place";
import { runAction, tellIfItFails } from "@/actions/run";
import type { Lab, Template } from "@/api/types";
import type { Key } from "@/model/ends";
import { setSheet, useSheet } from "@/view/sheet";
import type { SheetNode } from "./flow";
import type { WireEdge } from "./wires";

export function useGestures(lab: Lab, templates: ReadonlyMap<string, Template>) {
  const flow = useReactFlow();
  return useMemo(() => {
    const join = (from: Key, to: Key) => tellIfItFails(() => connect(lab, from, to, templates));
    const dropped = (cards: SheetNode[]) => tellIfItFails(() => move(lab, new Map(cards.map((card) => [card.id, card.position]))));
    return {
      onNodeDragStop: (_: unknown, card: SheetNode, cards: SheetNode[]) => {
        if (hasMoved(lab, card)) dropped(cards);
      },
      onSelectionDragStop: (_: unknown, cards: SheetNode[]) => dropped(cards),
      onConnect: ({ source, target }: Connection) => join(source, target),
      onNodeClick: (_: MouseEvent, card: SheetNode) => {
        const from = useSheet.getState().linkingFrom;
        if (!from || card.type === "drawing") return;
        setSheet({ linkingFrom: null });
        join(from, card.id);
      },
      onNodeDoubleClick: (_: MouseEvent, card: SheetNode) => {
        if (card.type === "device") runAction(openConsole);
      },
      onPaneClick: () => setSheet({ linkingFrom: null }),
      onNodeContextMenu: (event: MouseEvent, card: SheetNode) => openMenu(event, card.id),
      onEdgeContextMenu: (event: MouseEvent, wire: WireEdge) => openMenu(event, wire.id),
      onSelectionContextMenu: (event: MouseEvent) => openMenu(event, useSheet.getState().selection[0] ?? null),
      onPaneContextMenu: (event: MouseEvent | globalThis.MouseEvent) => openMenu(event, null),
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      },
      onDrop: (event: DragEvent) => {
        const what = event.dataTransfer.getData(DRAG_TYPE);
        if (!what) return;
        event.preventDefault();
        const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        tellIfItFails(() => place(lab, what, at));
      },
    };
  }, [flow, lab, templates]);
}

/** A menu on something outside the selection is about that alone. */
function openMenu(event: Pick<MouseEvent, "preventDefault" | "clientX" | "clientY">, key: Key | null): void {
  event.preventDefault();
  setSheet(({ selection }) => ({
    menu: { at: { x: event.clientX, y: event.clientY }, key },
    selection: key === null || selection.includes(key) ? selection : [key],
  }));
}

function hasMoved(lab: Lab, card: SheetNode): boolean {
  if (card.type === "drawing") return true;
  const before = (card.type === "device" ? lab.nodes : lab.networks)[card.data.id]?.position;
  return before?.x !== card.position.x || before.y !== card.position.y;
}
