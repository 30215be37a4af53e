// Edits as the server would apply them, near enough to draw by.
import type { Edit, Lab } from "../src/api/types.ts";
import { applyHere } from "../src/model/applyhere.ts";
import { type World, detail, tell } from "./world.ts";

export function apply(lab: Lab, edit: Edit): Lab {
  switch (edit.edit) {
    case "add_node":
      return { ...lab, nodes: { ...lab.nodes, [edit.id]: edit.node } };
    case "add_network":
    case "set_network":
      return { ...lab, networks: { ...lab.networks, [edit.id]: edit.network } };
    case "add_link":
      return { ...lab, links: [...lab.links, { id: edit.id, a: edit.a, b: edit.b, network: edit.id + 1000, state: edit.state ?? "up" }] };
    case "set_link_state":
      return { ...lab, links: lab.links.map((link) => (link.id === edit.id ? { ...link, state: edit.state } : link)) };
    case "add_drawing":
      return { ...lab, drawings: [...lab.drawings, edit.drawing] };
    case "set_drawing":
      return { ...lab, drawings: lab.drawings.map((drawing) => (drawing.id === edit.drawing.id ? edit.drawing : drawing)) };
    case "remove_drawing":
      return { ...lab, drawings: lab.drawings.filter((drawing) => drawing.id !== edit.id) };
    case "batch":
      return edit.edits.reduce(apply, lab);
    case "set_lab":
    case "set_node":
    case "remove_node":
    case "remove_network":
    case "remove_link":
    case "share_link":
    case "move":
      return applyHere(lab, edit);
  }
}

/** Takes the edit in, keeps the way back, tells everybody. */
export function commit(world: World, edit: Edit): number {
  world.undo.push(world.lab);
  world.redo = [];
  return turn(world, apply(world.lab, edit), edit);
}

export function back(world: World, from: Lab[], to: Lab[]): number | null {
  const before = from.pop();
  if (!before) return null;
  to.push(world.lab);
  return turn(world, before, { edit: "batch", edits: [] });
}

function turn(world: World, next: Lab, edit: Edit): number {
  const revision = world.lab.revision + 1;
  world.lab = { ...next, revision };
  world.changed_ms = Date.now();
  tell(world.lab.id, { event: "lab_edited", revision, author: "admin", edit });
  tell(world.lab.id, { event: "lab_status", status: detail(world).status });
  return revision;
}
