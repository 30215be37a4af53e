// Placing what the palette offers, by click in the middle of the view or by drop.
import { createNetwork, createNode } from "@/api/edits";
import type { Lab, Position } from "@/api/types";
import { networkKey, nodeKey } from "@/model/ends";
import { saving, useSheet } from "@/view/sheet";

/** The palette's entry for a shared network; every other entry is a template's id. */
export const NETWORK = "network";
export const DRAG_TYPE = "application/x-nova-template";

/** Half a card, so that it lands under the pointer. */
const HALF = { x: 68, y: 23 };
const GRID = 10;

export async function place(lab: Lab, what: string, at: Position): Promise<void> {
  const snap = (n: number) => Math.round(n / GRID) * GRID;
  const position = freeSpot(lab, { x: snap(at.x - HALF.x), y: snap(at.y - HALF.y) });
  const key =
    what === NETWORK
      ? networkKey(await saving(createNetwork(lab.id, freeName(lab), position)))
      : nodeKey(await saving(createNode(lab.id, what, position)));
  useSheet.getState().handle?.select([key]);
}

/** Not exactly on another card. */
function freeSpot(lab: Lab, wanted: Position): Position {
  const taken = [...Object.values(lab.nodes), ...Object.values(lab.networks)].map((thing) => thing.position);
  let { x, y } = wanted;
  while (taken.some((p) => p && Math.abs(p.x - x) < 40 && Math.abs(p.y - y) < 30)) {
    x += 40;
    y += 60;
  }
  return { x, y };
}

function freeName(lab: Lab): string {
  const names = new Set(Object.values(lab.networks).map((network) => network.name));
  let n = 1;
  while (names.has(`net-${n}`)) n += 1;
  return `net-${n}`;
}
