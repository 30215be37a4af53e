import { isLive } from "@/model/state";
import { openConsole as openTab } from "@/view/dock";
import type { Action, Context } from "./action";
import { type ChosenNode, chosenNodes } from "./context";
import { noOperate } from "./may";

export const openConsole: Action = {
  id: "open-console",
  name: () => "Open console",
  icon: "console",
  shortcut: "Enter",
  places: ["node"],
  off: (context) => noOperate(context) ?? whyNot(chosenNodes(context)),
  perform: (context) => {
    for (const node of withConsole(context)) openTab(context.lab?.lab.id ?? "", node.id, node.status.consoles?.[0] ?? "");
  },
};

function withConsole(context: Context): ChosenNode[] {
  return chosenNodes(context).filter((node) => (node.status.consoles ?? []).length > 0);
}

function whyNot(nodes: ChosenNode[]): string | null {
  const [first] = nodes;
  if (!first) return "Choose a node first.";
  if (nodes.some((node) => (node.status.consoles ?? []).length > 0)) return null;
  return isLive(first.status.state) ? `${first.name} has no console.` : `${first.name} does not run. Start it, then open its console.`;
}
