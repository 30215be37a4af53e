// The links as the canvas draws them: routes and labels from where the cards are, forms from the status.
import type { Edge } from "@xyflow/react";
import type { Lab, LabDetail } from "@/api/types";
import { endKey, endPort, linkKey, linkName } from "@/model/ends";
import type { Box } from "@/model/geometry";
import { type Label, placeLabels } from "@/model/labels";
import { type LinkForm, formWords, linkForm } from "@/model/linkform";
import { type Route, routeAll } from "@/model/ports";
import { mayOperate } from "@/model/people";
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

/** Where a link runs and what is written at its ends. */
export interface Course {
  route: Route;
  a: Label | null;
  b: Label | null;
}

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

export function coursesOf(lab: Lab, boxes: ReadonlyMap<string, Box>): Map<string, Course> {
  const routes = routeAll(lab.links.map((link) => ({ id: linkKey(link.id), a: endKey(link.a), b: endKey(link.b) })), boxes);
  const named = lab.links.flatMap((link) => {
    const route = routes.get(linkKey(link.id));
    return route ? [{ id: linkKey(link.id), route, a: endPort(lab, link.a), b: endPort(lab, link.b) }] : [];
  });
  const labels = placeLabels(named);
  return new Map(named.map(({ id, route }) => [id, { route, a: labels.get(id)?.a ?? null, b: labels.get(id)?.b ?? null }]));
}

export function wiresOf(detail: LabDetail, courses: ReadonlyMap<string, Course>): WireEdge[] {
  const { lab, status } = detail;
  return lab.links.flatMap((link): WireEdge[] => {
    const id = linkKey(link.id);
    const course = courses.get(id);
    if (!course) return [];
    const now = status.links[link.id];
    const form = linkForm(link, now);
    return [
      {
        id,
        type: "wire",
        source: endKey(link.a),
        target: endKey(link.b),
        className: form,
        ariaLabel: `${linkName(lab, link)}, ${formWords(form)}`,
        data: { id: link.id, form, ...course, why: now?.why ?? "", canOperate: mayOperate(detail) },
      },
    ];
  });
}

/** Keeps unchanged links the same object, so that a drag or a status redraws only what changes. */
export function mergeWires(old: WireEdge[], fresh: WireEdge[]): WireEdge[] {
  const byId = new Map(old.map((wire) => [wire.id, wire]));
  return fresh.map((wire) => {
    const before = byId.get(wire.id);
    return before && JSON.stringify(before) === JSON.stringify(wire) ? before : wire;
  });
}
