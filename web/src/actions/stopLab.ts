import { act } from "@/api/acts";
import { count } from "@/model/words";
import { isOn } from "@/model/state";
import { ask } from "@/view/dialogs";
import type { Action, Context } from "./action";
import { allNodes } from "./context";
import { noOperate } from "./may";

export const stopLab: Action = {
  id: "stop-lab",
  name: () => "Stop lab",
  icon: "stop",
  shortcut: "Shift+S",
  places: ["sheet"],
  off: (context) => noOperate(context) ?? (running(context) > 0 ? null : "Nothing runs."),
  perform: async (context) => {
    const n = running(context);
    const text = `${count(n, "node")} ${n === 1 ? "stops" : "stop"} and ${n === 1 ? "its console ends" : "their consoles end"}. What is written on their disks stays.`;
    const sure = n < 2 || (await ask({ title: `Stop ${context.lab?.lab.name ?? "the lab"}?`, text, yes: "Stop lab" }));
    if (sure && context.lab) await act(context.lab.lab.id, "stop", null);
  },
};

function running({ lab }: Context): number {
  return lab ? allNodes(lab).filter((node) => isOn(node.status.state) || node.status.state.state === "failed").length : 0;
}
