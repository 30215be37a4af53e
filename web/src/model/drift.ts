// Drift in words, and where the canvas draws what is not declared.
import type { DriftItem, Lab, Position } from "@/api/types";
import { type Key, linkKey, networkKey, nodeKey } from "./ends";

/** What adopting it does to the lab, as a button says it; null: the lab cannot say what is there. */
export function adoptWords({ adopt, drift }: DriftItem): string | null {
  if (!adopt) return null;
  if (drift.kind === "discovered_link") return "Add to lab";
  return adopt.edit === "remove_link" ? "Remove from lab" : "Move in lab";
}

const KINDS: Record<DriftItem["drift"]["kind"], string> = { discovered_link: "Not declared", lost_link: "Lost", moved_link: "Moved" };

export const kindWords = (item: DriftItem): string => KINDS[item.drift.kind];

/** As it stands: it begins with a node's name, which keeps its letters. */
export const whyOf = (item: DriftItem): string => item.drift.why;

export const ofLink = (items: DriftItem[], link: number): DriftItem[] => items.filter(({ drift }) => drift.link === link);

/** Something that the lab does not declare, and what it is drawn at. */
export interface Stranger {
  item: DriftItem;
  at: Key;
  place: Position;
}

/** Discovered links whose place is on the sheet; each above what it is joined to, one over the other. */
export function strangersOf(lab: Lab, items: DriftItem[]): Stranger[] {
  const before = new Map<Key, number>();
  return items.flatMap((item) => {
    if (item.drift.kind !== "discovered_link") return [];
    const at = anchorOf(lab, item);
    const from = at && placeOf(lab, at);
    if (!from) return [];
    const nth = before.get(at) ?? 0;
    before.set(at, nth + 1);
    return [{ item, at, place: { x: from.x + 170, y: from.y - 70 - nth * 48 } }];
  });
}

function anchorOf(lab: Lab, { drift }: DriftItem): Key | null {
  if (drift.network && lab.networks[drift.network]) return networkKey(drift.network);
  if (drift.node) return nodeKey(drift.node);
  if (drift.port) return nodeKey(drift.port.node);
  const behind = lab.links.find((link) => link.network === drift.network);
  const ends = behind ? [behind.a, behind.b] : [];
  const first = ends.find((end) => "interface" in end);
  return first && "interface" in first ? nodeKey(first.interface.node) : null;
}

function placeOf(lab: Lab, key: Key): Position | null {
  const id = Number(key.slice(1));
  const thing = key.startsWith("w") ? lab.networks[id] : lab.nodes[id];
  return thing ? (thing.position ?? { x: 0, y: 0 }) : null;
}

/** What to choose to see more of it. */
export function keyOf(lab: Lab, item: DriftItem): Key | null {
  const { link } = item.drift;
  return link && lab.links.some((other) => other.id === link) ? linkKey(link) : anchorOf(lab, item);
}
