// The context of an action, and what is chosen in it.
import { useQueryClient } from "@tanstack/react-query";
import { cachedLab } from "@/api/labs";
import { keys } from "@/api/queries";
import type { Link, LabDetail, NodeStatus } from "@/api/types";
import { endKey, idOf, linkKey, nodeKey } from "@/model/ends";
import { STOPPED } from "@/model/state";
import { useSheet } from "@/view/sheet";
import type { Context } from "./action";

/** For handlers of events. */
export function currentContext(): Context {
  const { lab, selection, handle } = useSheet.getState();
  return { lab: (lab && cachedLab(lab)) || null, selection, sheet: handle };
}

/** For drawing: whoever uses it is drawn again when the selection changes. */
export function useContextNow(): Context {
  const { lab, selection, handle } = useSheet();
  const detail = useQueryClient().getQueryData<LabDetail>(keys.lab(lab ?? ""));
  return { lab: detail ?? null, selection, sheet: handle };
}

export interface ChosenNode {
  id: number;
  name: string;
  status: NodeStatus;
}

export function statusOf(lab: LabDetail, node: number): NodeStatus {
  return lab.status.nodes[node] ?? STOPPED;
}

export function allNodes(lab: LabDetail): ChosenNode[] {
  return Object.entries(lab.lab.nodes).map(([id, node]) => ({ id: Number(id), name: node.name, status: statusOf(lab, Number(id)) }));
}

export function chosenNodes({ lab, selection }: Context): ChosenNode[] {
  if (!lab) return [];
  const chosen = new Set(selection);
  return allNodes(lab).filter((node) => chosen.has(nodeKey(node.id)));
}

/** The chosen links, or without any the links of the chosen nodes and networks. */
export function chosenLinks({ lab, selection }: Context): Link[] {
  if (!lab) return [];
  const chosen = new Set(selection);
  const direct = lab.lab.links.filter((link) => chosen.has(linkKey(link.id)));
  return direct.length > 0 ? direct : lab.lab.links.filter((link) => chosen.has(endKey(link.a)) || chosen.has(endKey(link.b)));
}

export const only = (keysChosen: string[], kind: "n" | "w" | "l"): number[] =>
  keysChosen.filter((key) => key.startsWith(kind)).map(idOf);
