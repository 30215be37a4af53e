// The sheet: the lab, live. It draws what the cache holds and turns hand movements into actions.
import { Background, BackgroundVariant, ConnectionMode, MiniMap, ReactFlow, ReactFlowProvider, SelectionMode } from "@xyflow/react";
import { type KeyboardEvent, type ReactNode, useRef } from "react";
import type { LabDetail } from "@/api/types";
import { useSheet } from "@/view/sheet";
import { mayEdit } from "@/model/people";
import { DeviceCard } from "./DeviceCard";
import { DrawingCard } from "./DrawingCard";
import { NetworkPill } from "./NetworkPill";
import { Strangers } from "./Strangers";
import { Wire } from "./Wire";
import { ZoomBox } from "./ZoomBox";
import type { SheetNode } from "./flow";
import { useCards } from "./useCards";
import { useGestures } from "./useGestures";
import { FIT, useHandle } from "./useHandle";
import { useLod } from "./useLod";
import { useWires } from "./useWires";
import { directionOf, walk } from "./walk";
import { boxesOf } from "./wires";

const NODE_TYPES = { device: DeviceCard, network: NetworkPill, drawing: DrawingCard };
const EDGE_TYPES = { wire: Wire };
const GRID: [number, number] = [10, 10];

interface Props {
  detail: LabDetail;
  /** Furniture over the sheet. */
  children?: ReactNode;
}

export function Sheet(props: Props) {
  return (
    <ReactFlowProvider>
      <SheetInside {...props} />
    </ReactFlowProvider>
  );
}

function SheetInside({ detail, children }: Props) {
  const box = useRef<HTMLElement>(null);
  const { cards, onNodesChange, templates } = useCards(detail);
  const { wires, onEdgesChange } = useWires(detail, cards);
  const { tool, locked, linkingFrom } = useSheet();
  const gestures = useGestures(detail.lab, templates);
  useLod(box);
  const onMoveStart = useHandle(box);

  const onKeyDown = (event: KeyboardEvent) => {
    const direction = directionOf(event.key);
    if (!direction || event.target !== box.current) return;
    event.preventDefault();
    const { selection, handle } = useSheet.getState();
    const next = walk(detail.lab, boxesOf(cards), selection.at(-1), direction, event.shiftKey);
    if (next) handle?.select([next]);
  };

  return (
    <main
      ref={box}
      className={`sheet lod-0 ${mayEdit(detail) ? "" : "readonly"} ${linkingFrom ? "linking has-hint" : ""}`}
      tabIndex={0}
      role="application"
      aria-roledescription="topology"
      aria-label={`${detail.lab.name}. Arrows walk from node to node, Enter opens the console, ? lists all keys.`}
      onKeyDown={onKeyDown}
    >
      <ReactFlow<SheetNode, (typeof wires)[number]>
        nodes={cards}
        edges={wires}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        {...gestures}
        onMoveStart={onMoveStart}
        connectionMode={ConnectionMode.Loose}
        connectionRadius={32}
        nodesDraggable={mayEdit(detail) && !locked}
        nodesConnectable={mayEdit(detail)}
        nodesFocusable={false}
        edgesFocusable={false}
        snapToGrid
        snapGrid={GRID}
        selectionOnDrag={tool === "select"}
        selectionMode={SelectionMode.Partial}
        panOnDrag={tool === "hand" ? true : [1, 2]}
        panActivationKeyCode={null}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={["Shift", "Control", "Meta"]}
        disableKeyboardA11y
        elevateNodesOnSelect={false}
        zoomOnDoubleClick={false}
        minZoom={0.08}
        maxZoom={2.5}
        proOptions={{ hideAttribution: true }}
        fitView
        fitViewOptions={FIT}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={2} color="var(--grid-dot)" />
        <MiniMap<SheetNode> nodeColor={miniColor} nodeStrokeWidth={0} nodeBorderRadius={14} pannable ariaLabel="Small map of the lab" />
        <Strangers detail={detail} boxes={boxesOf(cards)} />
        <ZoomBox />
      </ReactFlow>
      {children}
    </main>
  );
}

function miniColor(card: SheetNode): string {
  if (card.type === "drawing") return "transparent";
  if (card.type === "network") return "var(--line-strong)";
  const mark = card.data.mark === "waiting" ? "booting" : card.data.mark;
  return `var(--st-${mark}-mark)`;
}
