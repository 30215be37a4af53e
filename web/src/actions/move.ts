// Moving things: one edit for one drag.
import { postEdit } from "@/api/edits";
import type { Lab, Position } from "@/api/types";
import { type Key, idOf } from "@/model/ends";
import { saving } from "@/view/sheet";

export async function move(lab: Lab, to: ReadonlyMap<Key, Position>): Promise<void> {
  const pick = (kind: string) => Object.fromEntries([...to].filter(([key]) => key.startsWith(kind)).map(([key, at]) => [idOf(key), rounded(at)]));
  const drawings = lab.drawings.flatMap((drawing) => {
    const at = to.get(`d${drawing.id}`);
    return at ? [{ edit: "set_drawing" as const, drawing: { ...drawing, position: rounded(at) } }] : [];
  });
  const moved = { edit: "move" as const, nodes: pick("n"), networks: pick("w") };
  const empty = Object.keys(moved.nodes).length + Object.keys(moved.networks).length === 0;
  const edits = [...(empty ? [] : [moved]), ...drawings];
  const [first] = edits;
  if (first) await saving(postEdit(lab.id, edits.length === 1 ? first : { edit: "batch", edits }));
}

const rounded = ({ x, y }: Position): Position => ({ x: Math.round(x), y: Math.round(y) });
