// The mock's images and its reading of containerlab files: enough to see the pages; only the server reads for good.
import { randomUUID } from "node:crypto";
import type { Image, LabFileRead, LabImage, Problem, PullProgress } from "../src/api/types.ts";
import { labs } from "./world.ts";

const MB = 1_000_000;
const image = (name: string, bytes: number, days: number): Image => ({ id: `sha256:${randomUUID().replaceAll("-", "")}`, names: [name], bytes, created_ms: Date.now() - days * 86_400_000, containers: 0, used_by: [], other_labs: 0 });

let items: Image[] = [image("nova-ve/frr:latest", 262 * MB, 2), image("nova-ve/host:latest", 139 * MB, 2), image("alpine:3.20", 8 * MB, 90)];

const room = { disk_free_bytes: 38_000 * MB, disk_bytes: 252_000 * MB, memory_free_bytes: 9000 * MB, memory_bytes: 24_000 * MB };

const imageOf = (settings: object): string | null => ("image" in settings && typeof settings.image === "string" ? settings.image : null);
const whole = (name: string): string => (name.includes(":") ? name : `${name}:latest`);
const has = (name: string): Image | undefined => items.find((one) => one.names.includes(whole(name)));

function usesOf(one: Image): Image["used_by"] {
  const used = [...labs.values()].map(({ lab }) => {
    const nodes = Object.values(lab.nodes).filter((node) => one.names.includes(whole(imageOf(node.settings as object) ?? "")));
    return { lab: lab.id, lab_name: lab.name, nodes: nodes.map((node) => node.name) };
  });
  return used.filter(({ nodes }) => nodes.length > 0);
}

export const listImages = () => ({ items: items.map((one) => ({ ...one, used_by: usesOf(one) })), room });

/** Answers one JSON object a line. */
export function pullLines(name: string): string {
  const steps: PullProgress[] = name.startsWith("nowhere")
    ? [{ progress: "failed", why: `${name} cannot be had: no registry has it.` }]
    : [{ progress: "doing", what: "pulling 43 %" }, { progress: "loaded", name: whole(name) }];
  if (steps.length > 1 && !has(name)) items.push(image(whole(name), 120 * MB, 1));
  return steps.map((step) => `${JSON.stringify(step)}\n`).join("");
}

export function removeImage(name: string): { removed: string[]; freed_bytes: number } {
  const gone = has(name);
  items = items.filter((one) => one !== gone);
  return { removed: gone ? [name] : [], freed_bytes: gone?.bytes ?? 0 };
}

export function prune(dry_run: boolean): { removed: string[]; freed_bytes: number } {
  const unused = items.filter((one) => usesOf(one).length === 0);
  if (!dry_run) items = items.filter((one) => !unused.includes(one));
  return { removed: unused.flatMap((one) => one.names), freed_bytes: unused.reduce((sum, one) => sum + one.bytes, 0) };
}

export function imagesOf(nodes: LabFileRead["lab"]["nodes"]): LabImage[] {
  const wanted = new Map<string, string[]>();
  for (const node of Object.values(nodes ?? {})) {
    const name = imageOf(node.settings);
    if (name) wanted.set(name, [...(wanted.get(name) ?? []), node.name]);
  }
  return [...wanted].map(([name, names]) => ({ image: name, nodes: names, here: Boolean(has(name)), bytes: has(name)?.bytes ?? 0, nearest: has(name) ? [] : ["nova-ve/frr:latest"] }));
}

interface Asked {
  text: string;
  variables: Record<string, string>;
  images: string[];
}

const odd = (line: number, message: string): Problem[] => [{ at: `line ${line}, column 1`, code: "odd", message }];

/** Takes lines such as `r1: {kind: linux, image: x, ports: […]}`; or tells what is wrong. */
export function readTopology({ text, variables, images }: Asked): LabFileRead | Problem[] {
  const lines = text.split("\n");
  const lab_name = /^name: *(\S+)/m.exec(text)?.[1];
  if (!lab_name || !text.includes("topology:")) return odd(1, "the file has no `topology:`; is it one of containerlab's?");
  const map = Object.fromEntries(images.map((rule) => rule.split("=")) as [string, string][]);
  const losses: LabFileRead["losses"] = [];
  const nodes: NonNullable<LabFileRead["lab"]["nodes"]> = {};
  for (const [n, written] of lines.entries()) {
    const line = n + 1;
    const filled = written.replace(/\$(\w+)/g, (all, name: string) => variables[name] ?? all);
    const [, name, named] = /^ *(\w+): \{kind: linux, image: ([^,}]+)/.exec(filled) ?? [];
    if (!name || !named) continue;
    if (named.includes("$")) return odd(line, `the image "${named}" may have letters, digits and - _ . / : @ only`);
    const path = `topology.nodes.${name}`;
    const port = /ports: \[([^\]]+)\]/.exec(written)?.[1];
    if (port) losses.push({ line, path: `${path}.ports[0]`, value: port, consequence: "the port is not published on the host", cure: "nova-ve forward brings it to your own machine" });
    const id = Object.keys(nodes).length + 1;
    nodes[id] = { name, template: "", icon: "", position: { x: id * 220, y: 120 }, kind: "docker", settings: { image: map[named] ?? named }, interfaces: { 0: { name: "eth1", addresses: [] } } } as never;
  }
  return { lab: { schema: 1, id: randomUUID(), revision: 1, name: lab_name, nodes, networks: {}, links: [], drawings: [] }, losses, images: imagesOf(nodes) };
}
