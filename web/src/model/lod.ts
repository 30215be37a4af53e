// Levels of detail by zoom, with 3 % hysteresis so that a card on the border does not flicker.

export type Lod = 0 | 1 | 2 | 3;

/** Below each of these zooms the next level holds. */
const STEPS = [0.7, 0.4, 0.18] as const;
const HYSTERESIS = 0.03;

export function lodAt(zoom: number, before: Lod): Lod {
  const level = (z: number) => STEPS.filter((step) => z < step).length as Lod;
  const now = level(zoom);
  if (now > before) return level(zoom * (1 + HYSTERESIS)) > before ? now : before;
  if (now < before) return level(zoom * (1 - HYSTERESIS)) < before ? now : before;
  return now;
}
