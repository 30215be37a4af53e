// What a link shows: the worst of its states, each with a form that tells it without colour.
import type { Link, LinkStatus } from "@/api/types";

export type LinkForm = "drifted" | "cut" | "no-carrier" | "up";

export function linkForm(link: Link, status: LinkStatus | undefined): LinkForm {
  if (status?.plumbed === "no") return "drifted";
  if (link.state === "cut") return "cut";
  if (!status || status.plumbed === "idle" || !status.a.carrier || !status.b.carrier) return "no-carrier";
  return "up";
}

const WORDS: Record<LinkForm, string> = {
  drifted: "not plumbed",
  cut: "cut",
  "no-carrier": "no carrier",
  up: "up",
};

export const formWords = (form: LinkForm): string => WORDS[form];

export interface Layer {
  name: string;
  state: "yes" | "no" | "idle";
}

/** The layers of a link as dots with words. */
export function layersOf(status: LinkStatus | undefined): Layer[] {
  const plumbed = status?.plumbed ?? "idle";
  const carrier = status ? status.a.carrier && status.b.carrier : false;
  const words = { yes: "Plumbed", no: "Not plumbed", idle: "Not running" };
  return [
    { name: "Declared", state: "yes" },
    { name: words[plumbed], state: plumbed },
    { name: carrier ? "Carrier" : "No carrier", state: carrier ? "yes" : "idle" },
  ];
}

/** How many links of a thing are in which form, for its accessible name. */
export function linkSummary(links: Link[], statuses: Record<string, LinkStatus>): string {
  if (links.length === 0) return "no links";
  const cut = links.filter((link) => link.state === "cut").length;
  const drifted = links.filter((link) => statuses[link.id]?.plumbed === "no").length;
  const words = [`${links.length} ${links.length === 1 ? "link" : "links"}`];
  if (cut > 0) words.push(`${cut} cut`);
  if (drifted > 0) words.push(`${drifted} not plumbed`);
  return words.join(", ");
}
