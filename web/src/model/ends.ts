// The ends of links: where they are, what they are called, which interface is free.
import type { End, Lab, Link, Node } from "@/api/types";

/** The key of a thing on the sheet: `n3` a node, `w2` a network, `l5` a link, `d1` a drawing. */
export type Key = string;

export const nodeKey = (id: number): Key => `n${id}`;
export const networkKey = (id: number): Key => `w${id}`;
export const linkKey = (id: number): Key => `l${id}`;
export const drawingKey = (id: number): Key => `d${id}`;
export const idOf = (key: Key): number => Number(key.slice(1));

export function endKey(end: End): Key {
  return "interface" in end ? nodeKey(end.interface.node) : networkKey(end.network);
}

export function endOwner(lab: Lab, end: End): string {
  if ("interface" in end) return lab.nodes[end.interface.node]?.name ?? `node ${end.interface.node}`;
  return lab.networks[end.network]?.name ?? `network ${end.network}`;
}

/** The interface's name at this end; empty at a network. */
export function endPort(lab: Lab, end: End): string {
  if (!("interface" in end)) return "";
  const { node, interface: index } = end.interface;
  return lab.nodes[node]?.interfaces?.[index]?.name || `if${index}`;
}

/** `r1 eth1 to r2 eth0`. */
export function linkName(lab: Lab, link: Link): string {
  const words = [link.a, link.b].map((end) => `${endOwner(lab, end)} ${endPort(lab, end)}`.trim());
  return words.join(" to ");
}

export function linksAt(lab: Lab, key: Key): Link[] {
  return lab.links.filter((link) => endKey(link.a) === key || endKey(link.b) === key);
}

/** Links by what they touch, for drawing many things at once. */
export function linksByKey(lab: Lab): ReadonlyMap<Key, Link[]> {
  const map = new Map<Key, Link[]>();
  for (const link of lab.links)
    for (const key of new Set([endKey(link.a), endKey(link.b)])) {
      const there = map.get(key);
      if (there) there.push(link);
      else map.set(key, [link]);
    }
  return map;
}

/** The link on an interface, with its ends turned so that `near` is the interface's. */
export function linkOn(lab: Lab, node: number, index: number): { link: Link; far: End } | null {
  const here = (end: End) => "interface" in end && end.interface.node === node && end.interface.interface === index;
  for (const link of lab.links) {
    if (here(link.a)) return { link, far: link.b };
    if (here(link.b)) return { link, far: link.a };
  }
  return null;
}

/** Interface numbers of a node in order. */
export function interfaceIds(node: Node): number[] {
  return Object.keys(node.interfaces ?? {})
    .map(Number)
    .sort((a, b) => a - b);
}

/** The lowest interface without a link, or null when all are taken. */
export function freeInterface(lab: Lab, node: number): number | null {
  const device = lab.nodes[node];
  if (!device) return null;
  return interfaceIds(device).find((index) => linkOn(lab, node, index) === null) ?? null;
}
