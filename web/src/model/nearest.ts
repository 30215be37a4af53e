// Which card an arrow key walks to.
import { type Box, type Side, OUTWARD, middle } from "./geometry";

/** The nearest card whose middle lies within 60° of the direction; sideways distance counts double. */
export function nearest(from: Box, others: ReadonlyMap<string, Box>, direction: Side): string | null {
  const d = OUTWARD[direction];
  const c = middle(from);
  let best: { key: string; cost: number } | null = null;
  for (const [key, box] of others) {
    const m = middle(box);
    const forward = (m.x - c.x) * d.x + (m.y - c.y) * d.y;
    const aside = Math.abs((m.x - c.x) * d.y) + Math.abs((m.y - c.y) * d.x);
    if (forward <= 0 || aside > forward * 1.75) continue;
    const cost = forward + aside * 2;
    if (!best || cost < best.cost) best = { key, cost };
  }
  return best?.key ?? null;
}
