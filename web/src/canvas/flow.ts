// The lab as the canvas draws it: cards with everything they show, computed here and not while drawing.
import type { Node as FlowNode } from "@xyflow/react";
import type { Drawing, LabDetail, Template } from "@/api/types";
import { drawingKey, linksByKey, networkKey, nodeKey } from "@/model/ends";
import { linkSummary } from "@/model/linkform";
import { iconOf, kindOf } from "@/model/shape";
import { type Mark, STOPPED, detailOf, isLive, markOf, secondLine, titleOf } from "@/model/state";
import { count } from "@/model/words";

export type DeviceData = {
  id: number;
  name: string;
  icon: string;
  mark: Mark;
  sub: string;
  /** By the words that stay, so that a card does not change its width with its state. */
  width: number;
  /** The whole reason, for the card's hover text and the failure card. */
  detail: string;
  since_ms: number;
  cpu: number | null;
  rss: number | null;
  pending: boolean;
};

export type NetworkData = { id: number; name: string; sub: string };
export type DrawingData = { drawing: Drawing };

export type DeviceNode = FlowNode<DeviceData, "device">;
export type NetworkNode = FlowNode<NetworkData, "network">;
export type DrawingNode = FlowNode<DrawingData, "drawing">;
export type SheetNode = DeviceNode | NetworkNode | DrawingNode;

const ORIGIN = { x: 0, y: 0 };

export function cardsOf(detail: LabDetail, templates: ReadonlyMap<string, Template>): SheetNode[] {
  const links = linksByKey(detail.lab);
  return [...drawings(detail), ...devices(detail, links, templates), ...networks(detail, links)];
}

type Links = ReturnType<typeof linksByKey>;

function devices({ lab, status }: LabDetail, links: Links, templates: ReadonlyMap<string, Template>): DeviceNode[] {
  return Object.entries(lab.nodes).map(([key, node]) => {
    const id = Number(key);
    const now = status.nodes[key] ?? STOPPED;
    const live = isLive(now.state);
    const word = titleOf(now.state).toLowerCase();
    return {
      id: nodeKey(id),
      type: "device",
      position: node.position ?? ORIGIN,
      zIndex: 3,
      ariaRole: "button",
      ariaLabel: `${node.name}, ${word}, ${linkSummary(links.get(nodeKey(id)) ?? [], status.links)}`,
      data: {
        id,
        name: node.name,
        icon: iconOf(node, templates),
        mark: markOf(now.state),
        sub: secondLine(now.state, kindOf(node, templates)),
        width: widthFor(node.name, kindOf(node, templates)),
        detail: detailOf(now.state),
        since_ms: now.since_ms,
        cpu: live ? Math.round(now.usage?.cpu_percent ?? 0) : null,
        rss: live ? Math.round(((now.usage?.rss_bytes ?? 0) / MEMORY_SCALE) * 100) : null,
        pending: (now.pending ?? []).length > 0,
      },
    };
  });
}

/** 136 px as a rule, up to 176 for long names; tile, mark and padding take 78 of it. */
function widthFor(name: string, kind: string): number {
  return Math.round(Math.min(176, Math.max(136, 78 + Math.max(name.length * 6.9, kind.length * 5.4))));
}

/** Nodes have no limit of memory yet: the bar is full at 512 MB. */
const MEMORY_SCALE = 512e6;

function networks({ lab }: LabDetail, links: Links): NetworkNode[] {
  return Object.entries(lab.networks).map(([key, network]) => {
    const id = Number(key);
    const ports = count(links.get(networkKey(id))?.length ?? 0, "port");
    return {
      id: networkKey(id),
      type: "network",
      position: network.position ?? ORIGIN,
      zIndex: 3,
      ariaRole: "button",
      ariaLabel: `${network.name}, network, ${ports}`,
      data: { id, name: network.name, sub: `Bridge, ${ports}` },
    };
  });
}

function drawings({ lab }: LabDetail): DrawingNode[] {
  return lab.drawings.map((drawing) => ({
    id: drawingKey(drawing.id),
    type: "drawing",
    position: drawing.position ?? ORIGIN,
    zIndex: drawing.kind === "text" ? 1 : 0,
    connectable: false,
    ariaRole: "note",
    ariaLabel: drawing.text || drawing.kind,
    data: { drawing },
  }));
}

/** Fresh cards with what only the canvas knows about the old ones; unchanged cards stay the same object. */
export function mergeCards(old: SheetNode[], fresh: SheetNode[]): SheetNode[] {
  const byId = new Map(old.map((card) => [card.id, card]));
  return fresh.map((card) => {
    const before = byId.get(card.id);
    if (!before) return card;
    const same = JSON.stringify(before.data) === JSON.stringify(card.data);
    const position = before.dragging ? before.position : card.position;
    const still = position.x === before.position.x && position.y === before.position.y;
    if (same && still && before.ariaLabel === card.ariaLabel) return before;
    return { ...before, ...card, position, data: same ? before.data : card.data } as SheetNode;
  });
}
