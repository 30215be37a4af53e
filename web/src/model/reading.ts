// Lab files of other tools before anything is kept: which of the given files is the topology, and what
// the lab does not have of it.
import type { LossRow } from "@/api/types";

/** A file that was chosen or dropped; `path` is relative to what was dropped: `lab/configs/r1/frr.conf`. */
export interface GivenFile {
  path: string;
  text: string;
}

/** The topology, and the files beside it by their paths relative to it. */
export interface LabSource {
  file_name: string;
  text: string;
  files: Record<string, string>;
}

const ORDER = [/\.clab\.ya?ml$/i, /\.ya?ml$/i, /\.json$/i];

const depth = (path: string): number => path.split("/").length;

/** The topology among files: by its ending, then the one that lies least deep. Null: none of them is one. */
export function topologyOf(paths: string[]): string | null {
  for (const ending of ORDER) {
    const [first] = paths.filter((path) => ending.test(path)).sort((a, b) => depth(a) - depth(b) || a.localeCompare(b));
    if (first) return first;
  }
  return null;
}

/** Null: none of the files is a topology. Files that do not lie below the topology's folder are left out. */
export function sourceOf(given: GivenFile[]): LabSource | null {
  const path = topologyOf(given.map((file) => file.path));
  const chosen = given.find((file) => file.path === path);
  if (!chosen || path === null) return null;
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const beside = given.filter((file) => file !== chosen && file.path.startsWith(folder));
  return { file_name: path.slice(folder.length), text: chosen.text, files: Object.fromEntries(beside.map((file) => [file.path.slice(folder.length), file.text])) };
}

/**
 * The source with more files beside the topology. The outermost folder of each is left off where the
 * topology does not name it: a browser gives it with every folder that is chosen.
 */
export function withFiles(source: LabSource, given: GivenFile[]): LabSource {
  const named = (path: string): string => {
    const [outer = "", ...rest] = path.split("/");
    return rest.length === 0 || source.text.includes(`${outer}/`) ? path : rest.join("/");
  };
  const more = given.filter((file) => named(file.path) !== source.file_name);
  return { ...source, files: { ...source.files, ...Object.fromEntries(more.map((file) => [named(file.path), file.text])) } };
}

/** Names of variables that have no value. */
export function unsetVariables(losses: LossRow[]): string[] {
  return losses.map((loss) => /^\$([A-Za-z_]\w*)$/.exec(loss.value)?.[1]).filter((name) => name !== undefined);
}

/** Names of variables in what is wrong with a file: `the image "$IMAGE" may have letters …`. */
export function variablesIn(messages: string[]): string[] {
  const found = messages.flatMap((message) => [...message.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ""));
  return [...new Set(found)];
}

/** Losses with the same meaning and cure. */
export interface LossGroup {
  consequence: string;
  cure: string;
  rows: LossRow[];
}

/** In the order of the file. */
export function groupLosses(losses: LossRow[]): LossGroup[] {
  const groups = new Map<string, LossGroup>();
  for (const loss of losses) {
    const { consequence, cure } = loss;
    const key = `${consequence}\n${cure}`;
    const group = groups.get(key) ?? { consequence, cure, rows: [] };
    group.rows.push(loss);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** `line 12, topology.nodes.r1.ports[0]: 2211:22`. */
export function lossWords({ line, path, value }: LossRow): string {
  return `${line ? `line ${line}, ` : ""}${path}${value && value !== path ? `: ${value}` : ""}`;
}
