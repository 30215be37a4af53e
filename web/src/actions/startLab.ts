import { act } from "@/api/acts";
import { isOn } from "@/model/state";
import type { Action } from "./action";
import { allNodes } from "./context";
import { noOperate } from "./may";

export const startLab: Action = {
  id: "start-lab",
  name: () => "Start lab",
  icon: "start",
  shortcut: "Shift+S",
  places: ["sheet"],
  off: (context) => {
    const nodes = context.lab ? allNodes(context.lab) : [];
    if (nodes.length === 0) return noOperate(context) ?? "The lab has no nodes yet.";
    const all = nodes.every((node) => isOn(node.status.state));
    return noOperate(context) ?? (all ? "Every node runs or is on its way." : null);
  },
  perform: async ({ lab }) => {
    if (lab) await act(lab.lab.id, "start", null);
  },
};
