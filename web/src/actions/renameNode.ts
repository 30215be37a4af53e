import { postEdit } from "@/api/edits";
import type { Lab } from "@/api/types";
import { saving } from "@/view/sheet";

export async function renameNode(lab: Lab, id: number, name: string): Promise<void> {
  const node = lab.nodes[id];
  if (node && name && name !== node.name) await saving(postEdit(lab.id, { edit: "set_node", id, node: { ...node, name } }));
}
