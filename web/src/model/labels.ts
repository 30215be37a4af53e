// Where the interface names lie beside the ports, and which of them give way.
import { OUTWARD, distance, isFlat } from "./geometry";
import type { Port, Route } from "./ports";

export interface Label {
  text: string;
  x: number;
  y: number;
  anchor: "start" | "end";
}

/** Advance of the 9.5 px mono face. */
const CHAR = 5.7;
const HALF_HEIGHT = 6;

/** On the outer side of the port, unless the link bends more than 90 px that way. */
export function labelAt(port: Port, other: Port, text: string, turned = false): Label {
  const out = OUTWARD[port.side];
  const bend = other.at.x - port.at.x;
  const outerLeft = port.offset < 0;
  const bendsOut = Math.abs(bend) > 90 && bend < 0 === outerLeft;
  const usual = port.offset !== 0 ? outerLeft !== bendsOut : bend > 12;
  const left = isFlat(port.side) ? out.x < 0 : usual !== turned;
  return {
    text,
    x: port.at.x + (left ? -6 : 6),
    y: isFlat(port.side) ? port.at.y - 6.5 : port.at.y + out.y * 10,
    anchor: left ? "end" : "start",
  };
}

export interface Named {
  id: string;
  route: Route;
  a: string;
  b: string;
}

/** Labels by link; where two would lie on each other, the shorter link's is left out. */
export function placeLabels(links: Named[]): Map<string, { a: Label | null; b: Label | null }> {
  const placed = new Map<string, { a: Label | null; b: Label | null }>();
  const taken = new Map<string, Label[]>();
  const byLength = links.map((link) => ({ ...link, length: distance(link.route.a.at, link.route.b.at) }));
  byLength.sort((p, q) => q.length - p.length);
  for (const { id, route, a, b } of byLength) {
    placed.set(id, { a: claimBeside(taken, route.a, route.b, a), b: claimBeside(taken, route.b, route.a, b) });
  }
  return placed;
}

/** On its usual side, else on the other one, else not at all. */
function claimBeside(taken: Map<string, Label[]>, port: Port, other: Port, text: string): Label | null {
  if (!text) return null;
  return claim(taken, labelAt(port, other, text)) ?? (isFlat(port.side) ? null : claim(taken, labelAt(port, other, text, true)));
}

const CELL = 48;

function claim(taken: Map<string, Label[]>, label: Label): Label | null {
  const column = Math.floor(label.x / CELL);
  const row = Math.floor(label.y / CELL);
  for (let i = -1; i <= 1; i++)
    for (let j = -1; j <= 1; j++)
      if (taken.get(`${column + i}/${row + j}`)?.some((other) => meet(label, other))) return null;
  const key = `${column}/${row}`;
  taken.set(key, [...(taken.get(key) ?? []), label]);
  return label;
}

function meet(p: Label, q: Label): boolean {
  if (Math.abs(p.y - q.y) >= 2 * HALF_HEIGHT - 2) return false;
  const span = (l: Label) => (l.anchor === "end" ? [l.x - l.text.length * CHAR, l.x] : [l.x, l.x + l.text.length * CHAR]);
  const [p0 = 0, p1 = 0] = span(p);
  const [q0 = 0, q1 = 0] = span(q);
  return p0 < q1 && q0 < p1;
}
