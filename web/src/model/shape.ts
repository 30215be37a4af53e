// The form of a node's tile, by its icon: circle routes, square switches, shield guards.
import type { Node, Template } from "@/api/types";

export type Shape = "router" | "switch" | "guard" | "host";

const SHAPES: Record<string, Shape> = {
  router: "router",
  switch: "switch",
  "l3-switch": "switch",
  "load-balancer": "switch",
  controller: "switch",
  "access-point": "switch",
  bridge: "switch",
  firewall: "guard",
};

export function shapeOf(icon: string): Shape {
  return SHAPES[icon] ?? "host";
}

export function iconOf(node: Node, templates: ReadonlyMap<string, Template>): string {
  return node.icon || templates.get(node.template ?? "")?.icon || "generic-node";
}

/** What the node is, in the words of its template: `FRR router`. */
export function kindOf(node: Node, templates: ReadonlyMap<string, Template>): string {
  if (node.kind === "other") return `${node.settings.original || "Unknown kind"}, cannot run here`;
  return templates.get(node.template ?? "")?.name ?? (node.template || node.kind);
}
