// The mock's memory: labs, what runs in them, jobs, and who listens.
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import type { End, Job, Lab, LabDetail, LabEvent, LabSummary, Link, LinkStatus, NodeState, NodeStatus, Sample, Template } from "../src/api/types.ts";
import { lostReason } from "./drift.ts";
import { metroLab, metroStatus } from "./metro.ts";

export interface World {
  lab: Lab;
  nodes: Record<string, NodeStatus>;
  undo: Lab[];
  redo: Lab[];
  changed_ms: number;
}

const root = new URL("../../", import.meta.url);

function readFolder<T>(folder: string): T[] {
  const files = readdirSync(new URL(folder, root)).filter((file) => file.endsWith(".json"));
  return files.map((file) => JSON.parse(readFileSync(new URL(`${folder}${file}`, root), "utf8")) as T);
}

export const templates = readFolder<Template>("templates/");
const sampleLabs = readFolder<Lab>("labs/");

export const labs = new Map<string, World>();
export const jobs: Job[] = [];
const listeners = new Set<(lab: string | null, event: LabEvent) => void>();

export function addLab(lab: Lab): World {
  const whole: Lab = { ...lab, revision: lab.revision || 1, nodes: lab.nodes ?? {}, networks: lab.networks ?? {}, links: lab.links ?? [], drawings: lab.drawings ?? [] };
  const world: World = { lab: whole, nodes: {}, undo: [], redo: [], changed_ms: Date.now() };
  labs.set(lab.id, world);
  return world;
}

/** `NOVA_MOCK=empty` starts without labs. */
if (process.env.NOVA_MOCK !== "empty") {
  addLab(metroLab()).nodes = metroStatus(Date.now());
  for (const lab of sampleLabs) addLab({ ...lab, id: randomUUID() }).changed_ms -= 86_400_000 * 3;
}

export const samples = (): Sample[] =>
  sampleLabs.map((lab) => ({
    name: lab.name.toLowerCase().replaceAll(" ", "-"),
    title: lab.name,
    description: lab.description ?? "",
    node_count: Object.keys(lab.nodes).length,
    link_count: lab.links.length,
    thumbnail: thumbnail({ lab, nodes: {}, undo: [], redo: [], changed_ms: 0 }),
  }));

export const sampleNamed = (name: string): Lab | undefined => sampleLabs.find((lab) => lab.name.toLowerCase().replaceAll(" ", "-") === name);

export function listen(listener: (lab: string | null, event: LabEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tell(lab: string | null, event: LabEvent): void {
  for (const listener of listeners) listener(lab, event);
}

const stopped: NodeState = { state: "stopped" };

export function setNode(world: World, id: number, change: Partial<NodeStatus>): void {
  const old = world.nodes[id] ?? { state: stopped, since_ms: 0, start: 0, pending: [], consoles: [], processes: [], usage: { cpu_percent: 0, rss_bytes: 0 } };
  const status = { ...old, since_ms: Date.now(), ...change };
  world.nodes[id] = status;
  tell(world.lab.id, { event: "node_status", node: id, status });
  for (const link of world.lab.links) {
    const at = (end: End) => "interface" in end && end.interface.node === id;
    if (at(link.a) || at(link.b)) tell(world.lab.id, { event: "link_status", link: link.id, status: linkStatus(world, link) });
  }
}

export function linkStatus(world: World, link: Link): LinkStatus {
  const isOn = (end: End) => !("interface" in end) || ["running", "degraded"].includes(world.nodes[end.interface.node]?.state.state ?? "stopped");
  const both = isOn(link.a) && isOn(link.b);
  const end = { present: both, carrier: both && link.state !== "cut", rx_bytes: both ? 48_211 : 0, tx_bytes: both ? 51_900 : 0 };
  const why = lostReason(world.lab.id, link.id);
  return { plumbed: why ? "no" : both ? "yes" : "idle", why: why ?? "", a: end, b: end };
}

export function detail(world: World): LabDetail {
  const links = Object.fromEntries(world.lab.links.map((link) => [link.id, linkStatus(world, link)]));
  return {
    lab: world.lab,
    owner: "admin",
    my_right: "own",
    file: { file: "ok" },
    status: { generation: 1, nodes: world.nodes, links, problems: [] },
    undo: world.undo.length > 0 ? "last change" : null,
    redo: world.redo.length > 0 ? "last change" : null,
  };
}

export function summary(world: World): LabSummary {
  const { lab, nodes } = world;
  const states = Object.keys(lab.nodes).map((id) => nodes[id]?.state.state ?? "stopped");
  return {
    id: lab.id,
    name: lab.name,
    description: lab.description ?? "",
    owner: "admin",
    my_right: "own",
    revision: lab.revision,
    node_count: states.length,
    link_count: lab.links.length,
    running_count: states.filter((s) => s === "running" || s === "degraded").length,
    failed_count: states.filter((s) => s === "failed").length,
    changed_ms: world.changed_ms,
    file: { file: "ok" },
    thumbnail: thumbnail(world),
  };
}

function thumbnail({ lab, nodes }: World): LabSummary["thumbnail"] {
  const icons = new Map(templates.map((t) => [t.id, t.icon]));
  const dot = (id: string) => {
    const node = lab.nodes[id];
    return { position: node?.position ?? { x: 0, y: 0 }, icon: node?.icon || icons.get(node?.template ?? "") || "generic-node", state: nodes[id]?.state.state ?? "stopped" };
  };
  const node = (end: End) => ("interface" in end ? end.interface.node : undefined);
  const network = (end: End) => ("network" in end ? end.network : undefined);
  const pairs = lab.links.flatMap(({ a, b }): [number, number][] => pair(node(a), node(b)));
  const taps = lab.links.flatMap(({ a, b }): [number, number][] => pair(node(a) ?? node(b), network(a) ?? network(b)));
  return {
    nodes: Object.fromEntries(Object.keys(lab.nodes).map((id) => [id, dot(id)])),
    links: pairs,
    networks: Object.fromEntries(Object.entries(lab.networks).map(([id, { position }]) => [id, position ?? { x: 0, y: 0 }])),
    network_links: taps,
  };
}

function pair(a: number | undefined, b: number | undefined): [number, number][] {
  return a === undefined || b === undefined ? [] : [[a, b]];
}
