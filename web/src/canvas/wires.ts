// The links as the canvas draws them: routes, labels and forms, from where the cards are now.
import type { Edge } from "@xyflow/react";
import type { LabDetail } from "@/api/types";
import { endKey, endPort, linkKey, linkName } from "@/model/ends";
import type { Box } from "@/model/geometry";
import { type Label, placeLabels } from "@/model/labels";
import { type LinkForm, formWords, linkForm } from "@/model/linkform";
import { type Route, routeAll } from "@/model/ports";
import type { SheetNode } from "./flow";

export type WireData = {
  id: number;
  form: LinkForm;
  route: Route;
  a: Label | null;
  b: Label | null;
  why: string;
  canOperate: boolean;
};

export type WireEdge = Edge<WireData, "wire">;

const CARD = { w: 136, h: 46 };
const PILL = { w: 120, h: 36 };

export function boxesOf(cards: SheetNode[]): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const card of cards) {
    if (card.type === "drawing") continue;
    const usual = card.type === "network" ? PILL : CARD;
    boxes.set(card.id, { ...card.position, w: card.measured?.width ?? usual.w, h: card.measured?.height ?? usual.h });
  }
  return boxes;
}

export function wiresOf({ lab, status, can_operate }: LabDetail, boxes: ReadonlyMap<string, Box>): WireEdge[] {
  const ends = lab.links.map((link) => ({ id: linkKey(link.id), a: endKey(link.a), b: endKey(link.b) }));
  const routes = routeAll(ends, boxes);
  const named = lab.links.flatMap((link) => {
    const route = routes.get(linkKey(link.id));
    return route ? [{ id: linkKey(link.id), route, a: endPort(lab, link.a), b: endPort(lab, link.b) }] : [];
  });
  const labels = placeLabels(named);
  return lab.links.flatMap((link): WireEdge[] => {
    const id = linkKey(link.id);
    const route = routes.get(id);
    if (!route) return [];
    const now = status.links[link.id];
    const form = linkForm(link, now);
    const place = labels.get(id);
    return [
      {
        id,
        type: "wire",
        source: endKey(link.a),
        target: endKey(link.b),
        className: form,
        ariaLabel: `${linkName(lab, link)}, ${formWords(form)}`,
        data: { id: link.id, form, route, a: place?.a ?? null, b: place?.b ?? null, why: now?.why ?? "", canOperate: can_operate },
      },
    ];
  });
}

/** Keeps unchanged links the same object, so that a drag redraws only what moves. */
export function mergeWires(old: WireEdge[], fresh: WireEdge[]): WireEdge[] {
  const byId = new Map(old.map((wire) => [wire.id, wire]));
  return fresh.map((wire) => {
    const before = byId.get(wire.id);
    return before && JSON.stringify(before) === JSON.stringify(wire) ? before : wire;
  });
}
