// Where links meet the cards. Ports on one edge are ordered by where the other end lies, so that
// the links of one card do not cross.
import { type Box, type Curve, type Point, type Side, curveBetween, isFlat, middle, onEdge } from "./geometry";

export interface Wire {
  id: string;
  a: string;
  b: string;
}

export interface Port {
  side: Side;
  offset: number;
  at: Point;
}

export interface Route {
  a: Port;
  b: Port;
  curve: Curve;
}

const LONG_STEP = 32;
const SHORT_STEP = 15;
/** Kept free at the corners of a card, on its long and on its short edges. */
const CORNER = 12;
const SHORT_CORNER = 8;

/** Cards above each other are joined top to bottom, cards beside each other side to side. */
export function sidesBetween(a: Box, b: Box): [Side, Side] {
  const ca = middle(a);
  const cb = middle(b);
  const gapX = Math.abs(cb.x - ca.x) - (a.w + b.w) / 2;
  const gapY = Math.abs(cb.y - ca.y) - (a.h + b.h) / 2;
  const upright = gapX <= 0 || (gapY >= 24 && gapX < gapY * 3);
  if (upright) return cb.y >= ca.y ? ["bottom", "top"] : ["top", "bottom"];
  return cb.x >= ca.x ? ["right", "left"] : ["left", "right"];
}

interface Slot {
  wire: Wire;
  end: "a" | "b";
  side: Side;
  /** Where the other end lies along this edge. */
  toward: number;
}

function slotsOf(wires: Wire[], boxes: ReadonlyMap<string, Box>): Map<string, Slot[]> {
  const slots = new Map<string, Slot[]>();
  const put = (owner: string, slot: Slot) => {
    const key = `${owner}/${slot.side}`;
    const there = slots.get(key);
    if (there) there.push(slot);
    else slots.set(key, [slot]);
  };
  for (const wire of wires) {
    const a = boxes.get(wire.a);
    const b = boxes.get(wire.b);
    if (!a || !b) continue;
    const [sideA, sideB] = sidesBetween(a, b);
    const along = (box: Box, side: Side) => (isFlat(side) ? middle(box).y : middle(box).x);
    put(wire.a, { wire, end: "a", side: sideA, toward: along(b, sideA) });
    put(wire.b, { wire, end: "b", side: sideB, toward: along(a, sideB) });
  }
  return slots;
}

function offsetsOn(edge: number, flat: boolean, n: number): number[] {
  const wanted = flat ? SHORT_STEP : LONG_STEP;
  const corner = flat ? SHORT_CORNER : CORNER;
  const step = n > 1 ? Math.min(wanted, (edge - 2 * corner) / (n - 1)) : 0;
  return Array.from({ length: n }, (_, i) => (i - (n - 1) / 2) * step);
}

/** The way of every wire whose two cards are on the sheet. */
export function routeAll(wires: Wire[], boxes: ReadonlyMap<string, Box>): Map<string, Route> {
  const ports = new Map<string, Port>();
  const slotsPerEdge = slotsOf(wires, boxes);
  for (const [key, slots] of slotsPerEdge) {
    const owner = boxes.get(key.slice(0, key.lastIndexOf("/")));
    const side = slots[0]?.side;
    if (!owner || !side) continue;
    slots.sort((p, q) => p.toward - q.toward || p.wire.id.localeCompare(q.wire.id, "en", { numeric: true }));
    const offsets = offsetsOn(isFlat(side) ? owner.h : owner.w, isFlat(side), slots.length);
    slots.forEach((slot, i) => {
      const offset = offsets[i] ?? 0;
      ports.set(`${slot.wire.id}/${slot.end}`, { side, offset, at: onEdge(owner, side, offset) });
    });
  }
  straighten(wires, boxes, ports, slotsPerEdge);
  const routes = new Map<string, Route>();
  for (const { id } of wires) {
    const a = ports.get(`${id}/a`);
    const b = ports.get(`${id}/b`);
    if (a && b) routes.set(id, { a, b, curve: curveBetween(a.at, a.side, b.at, b.side) });
  }
  return routes;
}

/** How far from the middle of its edge a lone port may go to make its link straight. */
const SLACK = 44;
const SHORT_SLACK = 14;

function straighten(wires: Wire[], boxes: ReadonlyMap<string, Box>, ports: Map<string, Port>, slots: ReadonlyMap<string, Slot[]>): void {
  const alone = (owner: string, port: Port) => slots.get(`${owner}/${port.side}`)?.length === 1;
  for (const { id, a, b } of wires) {
    const [portA, portB] = [ports.get(`${id}/a`), ports.get(`${id}/b`)];
    if (!portA || !portB) continue;
    const moving = alone(b, portB) ? ([b, "b", portB, portA] as const) : alone(a, portA) ? ([a, "a", portA, portB] as const) : null;
    const box = moving && boxes.get(moving[0]);
    if (!moving || !box) continue;
    const [, end, port, other] = moving;
    const flat = isFlat(port.side);
    const offset = flat ? other.at.y - middle(box).y : other.at.x - middle(box).x;
    const most = flat ? Math.min(SHORT_SLACK, box.h / 2 - SHORT_CORNER) : Math.min(SLACK, box.w / 2 - CORNER);
    if (Math.abs(offset) <= most) ports.set(`${id}/${end}`, { ...port, offset, at: onEdge(box, port.side, offset) });
  }
}
