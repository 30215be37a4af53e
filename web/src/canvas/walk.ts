// Walking the sheet by keyboard: arrows to the nearest card, with Shift along a link.
import type { Lab } from "@/api/types";
import { type Key, endKey, linksAt } from "@/model/ends";
import type { Box, Side } from "@/model/geometry";
import { nearest } from "@/model/nearest";

const ARROWS: Record<string, Side> = { ArrowUp: "top", ArrowRight: "right", ArrowDown: "bottom", ArrowLeft: "left" };

export const directionOf = (key: string): Side | null => ARROWS[key] ?? null;

/** Where the arrow leads from here; without a place to start from, the first card. */
export function walk(lab: Lab, boxes: ReadonlyMap<Key, Box>, from: Key | undefined, direction: Side, alongLink: boolean): Key | null {
  const here = from ? boxes.get(from) : undefined;
  if (!from || !here) return boxes.keys().next().value ?? null;
  const others = new Map([...boxes].filter(([key]) => key !== from));
  if (!alongLink) return nearest(here, others, direction);
  const linked = new Set(linksAt(lab, from).flatMap((link) => [endKey(link.a), endKey(link.b)]));
  return nearest(here, new Map([...others].filter(([key]) => linked.has(key))), direction);
}
