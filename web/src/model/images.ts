// Images of the host's container engine, as a person reads them.
import type { Image, Lab, LabImage, Room } from "@/api/types";
import { bytes, count, listed } from "./words";

/** `261 MB`. */
export function size(n: number): string {
  const { figure, unit } = bytes(n);
  return `${figure}\u00a0${unit}`;
}

/** The name it is asked by: its first, or the beginning of its id. */
export const titleOfImage = (image: Image): string => image.names[0] ?? image.id.replace("sha256:", "").slice(0, 12);

/** `38 GB free of 252 GB`; empty where the host does not tell. */
export function roomWords({ disk_free_bytes, disk_bytes }: Room): string {
  return disk_bytes === 0 ? "" : `${size(disk_free_bytes)} free of ${size(disk_bytes)}`;
}

/** What needs it beside the labs one may see: `1 lab of others, 2 containers`. */
export function otherUses({ other_labs, containers }: Image): string {
  const labs = other_labs > 0 ? [count(other_labs, "lab of others", "labs of others")] : [];
  return [...labs, ...(containers > 0 ? [count(containers, "container")] : [])].join(", ");
}

/** Who would miss it. */
export const usesWords = (image: Image): string => [listed(image.used_by.map((use) => use.lab_name)), otherUses(image)].filter(Boolean).join(", ");

/** Changes when the images that the lab needs may have changed; empty: it has no containers. */
export function imageKey(lab: Lab): string {
  const wanted = Object.values(lab.nodes).flatMap((node) => (node.kind === "docker" ? [`${node.template ?? ""} ${node.settings.image}`] : []));
  return [...new Set(wanted)].sort().join("\n");
}

/** What a lab lacks: its own words for one image, a list for more. */
export function missingWords(missing: LabImage[]): { title: string; text: string } {
  const [first] = missing;
  if (!first) return { title: "", text: "" };
  const like = first.nearest[0] ? ` Its name is like ${first.nearest[0]}, which is here.` : "";
  if (missing.length === 1) return { title: `${first.image} is not on this host.`, text: `${listed(first.nodes)} ${first.nodes.length === 1 ? "needs" : "need"} it; starting pulls it, if a registry has it.${like}` };
  return { title: `${count(missing.length, "image")} are not on this host:`, text: `${listed(missing.map(({ image }) => image))}. Starting pulls them, if a registry has them.` };
}
