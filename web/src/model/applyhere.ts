// Edits that the browser draws before the server has answered: those where one sees one's own hand
// at work. It is a picture ahead of the truth; the server's answer replaces it.
import type { Edit, Lab } from "@/api/types";
import { endKey, networkKey, nodeKey } from "./ends.ts";

export function applyHere(lab: Lab, edit: Edit): Lab {
  switch (edit.edit) {
    case "move":
      return { ...lab, nodes: moved(lab.nodes, edit.nodes), networks: moved(lab.networks, edit.networks) };
    case "set_node":
      return { ...lab, nodes: { ...lab.nodes, [edit.id]: edit.node } };
    case "remove_node":
      return { ...lab, nodes: without(lab.nodes, edit.id), links: lab.links.filter((link) => !touches(link, nodeKey(edit.id))) };
    case "remove_network":
      return {
        ...lab,
        networks: without(lab.networks, edit.id),
        links: lab.links.filter((link) => !touches(link, networkKey(edit.id))),
      };
    case "remove_link":
      return { ...lab, links: lab.links.filter((link) => link.id !== edit.id) };
    case "set_lab":
      return { ...lab, name: edit.name ?? lab.name, description: edit.description ?? lab.description };
    case "batch":
      return edit.edits.reduce(applyHere, lab);
    case "add_node":
    case "add_network":
    case "set_network":
    case "add_link":
    case "set_link_state":
    case "share_link":
    case "add_drawing":
    case "set_drawing":
    case "remove_drawing":
      return lab;
  }
}

type Placed = { position?: { x: number; y: number } };

function moved<T extends Placed>(things: Record<string, T>, to: Record<string, { x: number; y: number }> | undefined): Record<string, T> {
  const next = { ...things };
  for (const [id, position] of Object.entries(to ?? {})) {
    const thing = next[id];
    if (thing) next[id] = { ...thing, position };
  }
  return next;
}

function without<T>(things: Record<string, T>, id: number): Record<string, T> {
  return Object.fromEntries(Object.entries(things).filter(([key]) => key !== String(id)));
}

function touches(link: Lab["links"][number], key: string): boolean {
  return endKey(link.a) === key || endKey(link.b) === key;
}
