// Points, boxes and cubic curves.

export interface Point {
  x: number;
  y: number;
}

/** By its top left corner, as the sheet counts. */
export interface Box extends Point {
  w: number;
  h: number;
}

export type Side = "top" | "right" | "bottom" | "left";

/** A curve by its four control points. */
export type Curve = readonly [Point, Point, Point, Point];

export const OUTWARD: Record<Side, Point> = {
  top: { x: 0, y: -1 },
  right: { x: 1, y: 0 },
  bottom: { x: 0, y: 1 },
  left: { x: -1, y: 0 },
};

export const isFlat = (side: Side): boolean => side === "left" || side === "right";

export function middle(box: Box): Point {
  return { x: box.x + box.w / 2, y: box.y + box.h / 2 };
}

/** The point on a card's edge, `offset` away from the middle of that edge. */
export function onEdge(box: Box, side: Side, offset: number): Point {
  const c = middle(box);
  const d = OUTWARD[side];
  return isFlat(side) ? { x: c.x + (d.x * box.w) / 2, y: c.y + offset } : { x: c.x + offset, y: c.y + (d.y * box.h) / 2 };
}

/** Leaves both edges at a right angle; the reach is 52 % of the distance, at least 18 px. */
export function curveBetween(a: Point, sideA: Side, b: Point, sideB: Side): Curve {
  const da = OUTWARD[sideA];
  const db = OUTWARD[sideB];
  const distance = isFlat(sideA) ? Math.abs(b.x - a.x) : Math.abs(b.y - a.y);
  const reach = Math.max(18, distance * 0.52);
  return [a, { x: a.x + da.x * reach, y: a.y + da.y * reach }, { x: b.x + db.x * reach, y: b.y + db.y * reach }, b];
}

const mix = (p: Point, q: Point, t: number): Point => ({ x: p.x + (q.x - p.x) * t, y: p.y + (q.y - p.y) * t });

/** Cuts the curve in two at `t`. */
export function splitCurve([p, q, r, s]: Curve, t: number): [Curve, Curve] {
  const a = mix(p, q, t);
  const b = mix(q, r, t);
  const c = mix(r, s, t);
  const d = mix(a, b, t);
  const e = mix(b, c, t);
  const f = mix(d, e, t);
  return [
    [p, a, d, f],
    [f, e, c, s],
  ];
}

export function pointAt(curve: Curve, t: number): Point {
  return splitCurve(curve, t)[0][3];
}

export function pathOf([p, q, r, s]: Curve): string {
  const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  return `M${at(p)}C${at(q)} ${at(r)} ${at(s)}`;
}

const round = (n: number): number => Math.round(n * 100) / 100;

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
