// A lab as the small picture on its card.
import type { Thumbnail } from "@/api/types";
import { type Mark, markOfWord } from "./state";
import { type Shape, shapeOf } from "./shape";

export interface Dot {
  key: string;
  x: number;
  y: number;
  shape: Shape;
  mark: Mark;
}

export interface Picture {
  dots: Dot[];
  lines: { key: string; path: string; live: boolean }[];
}

export const WIDTH = 264;
export const HEIGHT = 158;
const MARGIN = { x: 30, y: 26 };
/** Never larger than this, so that two nodes do not fill a card. */
const MOST = 0.42;

export function pictureOf(thumbnail: Thumbnail): Picture {
  const entries = Object.entries(thumbnail.nodes);
  const xs = entries.map(([, node]) => node.position.x);
  const ys = entries.map(([, node]) => node.position.y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(
    MOST,
    (WIDTH - 2 * MARGIN.x) / Math.max(1, right - left),
    (HEIGHT - 2 * MARGIN.y) / Math.max(1, bottom - top),
  );
  const dots = entries.map(([key, node]) => ({
    key,
    x: WIDTH / 2 + (node.position.x - (left + right) / 2) * scale,
    y: HEIGHT / 2 + (node.position.y - (top + bottom) / 2) * scale,
    shape: shapeOf(node.icon),
    mark: markOfWord(node.state),
  }));
  const byKey = new Map(dots.map((dot) => [dot.key, dot]));
  const lines = thumbnail.links.flatMap(([a, b], i) => {
    const p = byKey.get(String(a));
    const q = byKey.get(String(b));
    if (!p || !q) return [];
    return [{ key: `${i}`, path: line(p, q), live: p.mark !== "stopped" && q.mark !== "stopped" }];
  });
  return { dots, lines };
}

function line(p: Dot, q: Dot): string {
  if (Math.abs(p.x - q.x) < 2 || Math.abs(p.y - q.y) < 30) return `M${p.x} ${p.y}L${q.x} ${q.y}`;
  const y = (p.y + q.y) / 2;
  return `M${p.x} ${p.y}C${p.x} ${y} ${q.x} ${y} ${q.x} ${q.y}`;
}
