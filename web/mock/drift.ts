// Drift of the metro lab: a link that was lost, and a device of the host in the network `internet`.
import type { DriftItem, Edit, LabEvent } from "../src/api/types.ts";
import { METRO_ID } from "./metro.ts";

const LOST = { id: "lost-link-14-d7i2", kind: "lost_link", link: 14, port: { node: 7, interface: 2 }, device: "nve3866d7i2", why: "leaf-2 eth2: its device nve3866d7i2 on the host is gone" } as const;
const FOREIGN = { id: "discovered-n1-eth9", kind: "discovered_link", network: 1, device: "eth9", bridge: "nove3866n1", why: "the device eth9 is in the bridge nove3866n1, and the lab does not say so", allowed: true } as const;

const since = { since_ms: Date.now() - 40_000 };
let items: DriftItem[] = [
  { drift: { ...LOST, ...since }, can_repair: true, adopt: { edit: "remove_link", id: 14 } },
  { drift: { ...FOREIGN, ...since }, can_repair: false, adopt: { edit: "set_network", id: 1, network: { name: "internet", position: { x: 162, y: 20 }, uplink: "eth9" } } },
];

export const driftOf = (lab: string): DriftItem[] => (lab === METRO_ID ? items : []);

/** The link's own reason, while it is lost. */
export const lostReason = (lab: string, link: number): string | undefined => driftOf(lab).find(({ drift }) => drift.link === link)?.drift.why;

const goneEvent = ({ drift }: DriftItem): LabEvent => ({ event: drift.kind, drift, gone: true });

/** Mends what can be mended; the events that tell it. */
export function repair(lab: string, only: string[] | undefined): { ids: string[]; events: LabEvent[] } {
  const done = driftOf(lab).filter(({ drift, can_repair }) => can_repair && (!only || only.includes(drift.id)));
  items = items.filter((item) => !done.includes(item));
  return { ids: done.map(({ drift }) => drift.id), events: done.map(goneEvent) };
}

/** An edit may be what adopts it. */
export function adopted(lab: string, edit: Edit): LabEvent[] {
  const done = driftOf(lab).filter(({ adopt }) => adopt && JSON.stringify(adopt) === JSON.stringify(edit));
  items = items.filter((item) => !done.includes(item));
  return done.map(goneEvent);
}
