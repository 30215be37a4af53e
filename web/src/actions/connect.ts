// Drawing a link by hand: from one card to another, on the next free interface of each.
import { createLink, postEdit } from "@/api/edits";
import type { Edit, End, Lab, Node, Template } from "@/api/types";
import { type Key, freeInterface, idOf, interfaceIds } from "@/model/ends";
import { notify } from "@/view/toasts";
import { saving } from "@/view/sheet";

export async function connect(lab: Lab, from: Key, to: Key, templates: ReadonlyMap<string, Template>): Promise<void> {
  if (from === to) return;
  if (from.startsWith("w") && to.startsWith("w")) {
    notify({ tone: "note", icon: "link", title: "Networks are not linked to each other", text: "Put a node between them, or link the nodes to one network." });
    return;
  }
  const a = endFor(lab, from, templates);
  const b = endFor(lab, to, templates);
  const grown = [...a.grow, ...b.grow];
  if (grown.length === 0) {
    await saving(createLink(lab.id, a.end, b.end));
    return;
  }
  const id = Math.max(0, ...lab.links.map((link) => link.id)) + 1;
  const add: Edit = { edit: "add_link", id, a: a.end, b: b.end, state: "up" };
  await saving(postEdit(lab.id, { edit: "batch", edits: [...grown, add] }));
}

/** The end of the link there; a node without a free interface grows one. */
function endFor(lab: Lab, key: Key, templates: ReadonlyMap<string, Template>): { end: End; grow: Edit[] } {
  const id = idOf(key);
  if (key.startsWith("w")) return { end: { network: id }, grow: [] };
  const free = freeInterface(lab, id);
  if (free !== null) return { end: { interface: { node: id, interface: free } }, grow: [] };
  const node = lab.nodes[id];
  if (!node) throw new Error(`Node ${id} is gone.`);
  const index = Math.max(-1, ...interfaceIds(node)) + 1;
  return { end: { interface: { node: id, interface: index } }, grow: [{ edit: "set_node", id, node: withInterface(node, index, templates) }] };
}

function withInterface(node: Node, index: number, templates: ReadonlyMap<string, Template>): Node {
  const pattern = templates.get(node.template ?? "")?.interface_name ?? "eth{n}";
  const name = pattern.replace("{n}", String(index));
  return { ...node, interfaces: { ...node.interfaces, [index]: { name, addresses: [] } } };
}
