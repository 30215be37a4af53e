// Which labs are shown, and in which order.
import type { LabSummary } from "@/api/types";
import { score } from "@/model/search";

export type Filter = "all" | "running" | "shared" | "others" | "samples";
export type Sort = "changed" | "name";

export const FILTERS: { id: Exclude<Filter, "samples">; icon: string; name: string; test: (lab: LabSummary, me: string) => boolean }[] = [
  { id: "all", icon: "grid", name: "All labs", test: () => true },
  { id: "running", icon: "start", name: "Running", test: (lab) => lab.running_count > 0 },
  { id: "shared", icon: "users", name: "Shared with me", test: (lab) => lab.my_right !== "own" },
  { id: "others", icon: "layers", name: "Of other owners", test: (lab, me) => lab.my_right === "own" && lab.owner !== me },
];

export function shownLabs(labs: LabSummary[], filter: Filter, query: string, sort: Sort, me: string): LabSummary[] {
  const test = FILTERS.find((f) => f.id === filter)?.test ?? (() => true);
  const found = labs.filter((lab) => test(lab, me) && score(query, `${lab.name} ${lab.description} ${lab.owner}`) > 0);
  const byName = (a: LabSummary, b: LabSummary) => a.name.localeCompare(b.name, "en", { numeric: true });
  return found.sort(sort === "name" ? byName : (a, b) => b.changed_ms - a.changed_ms || byName(a, b));
}
