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

interface Place {
  key: string;
  x: number;
  y: number;
}

export interface Picture {
  dots: Dot[];
  /** Shared networks. */
  pills: Place[];
  lines: { key: string; path: string; live: boolean }[];
}

export const WIDTH = 264;
export const HEIGHT = 158;
const MARGIN = { x: 30, y: 26 };
/** Never larger than this, so that two nodes do not fill a card. */
const MOST = 0.42;

export function pictureOf(thumbnail: Thumbnail): Picture {
  const place = placer([
    ...Object.values(thumbnail.nodes).map((node) => node.position),
    ...Object.values(thumbnail.networks),
  ]);
  const dots = Object.entries(thumbnail.nodes).map(([key, node]) => ({
    key,
    ...place(node.position),
    shape: shapeOf(node.icon),
    mark: markOfWord(node.state),
  }));
  const pills = Object.entries(thumbnail.networks).map(([key, position]) => ({ key, ...place(position) }));
  const dot = new Map(dots.map((dot) => [dot.key, dot]));
  const pill = new Map(pills.map((pill) => [pill.key, pill]));
  const pairs: [Dot | undefined, Place | undefined][] = [
    ...thumbnail.links.map(([a, b]): [Dot | undefined, Dot | undefined] => [dot.get(String(a)), dot.get(String(b))]),
    ...thumbnail.network_links.map(([a, b]): [Dot | undefined, Place | undefined] => [
      dot.get(String(a)),
      pill.get(String(b)),
    ]),
  ];
  const lines = pairs.flatMap(([p, q], i) =>
    p && q ? [{ key: `${i}`, path: line(p, q), live: runs(p) && runs(q) }] : [],
  );
  return { dots, pills, lines };
}

/** A network carries as soon as a node at it runs. */
function runs(place: Dot | Place): boolean {
  return !("mark" in place) || place.mark !== "stopped";
}

/** From the sheet into the card: everything in sight, nothing larger than `MOST`. */
function placer(positions: { x: number; y: number }[]) {
  const xs = positions.map((position) => position.x);
  const ys = positions.map((position) => position.y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(
    MOST,
    (WIDTH - 2 * MARGIN.x) / Math.max(1, right - left),
    (HEIGHT - 2 * MARGIN.y) / Math.max(1, bottom - top),
  );
  return ({ x, y }: { x: number; y: number }) => ({
    x: WIDTH / 2 + (x - (left + right) / 2) * scale,
    y: HEIGHT / 2 + (y - (top + bottom) / 2) * scale,
  });
}

function line(p: Place, q: Place): string {
  if (Math.abs(p.x - q.x) < 2 || Math.abs(p.y - q.y) < 30) return `M${p.x} ${p.y}L${q.x} ${q.y}`;
  const y = (p.y + q.y) / 2;
  return `M${p.x} ${p.y}C${p.x} ${y} ${q.x} ${y} ${q.x} ${q.y}`;
}
