import { act } from "@/api/acts";
import { isOn } from "@/model/state";
import { count, listed } from "@/model/words";
import { ask } from "@/view/dialogs";
import type { Action, Context } from "./action";
import { chosenNodes } from "./context";
import { noOperate } from "./may";

export const stop: Action = {
  id: "stop",
  name: (context) => `Stop ${listed(toStop(context).map((node) => node.name))}`.trim(),
  icon: "stop",
  shortcut: "S",
  places: ["node"],
  off: (context) => noOperate(context) ?? (toStop(context).length > 0 ? null : ""),
  perform: async (context) => {
    const nodes = toStop(context);
    const names = listed(nodes.map((node) => node.name), 5);
    const sure =
      nodes.length < 2 ||
      (await ask({ title: `Stop ${count(nodes.length, "node")}?`, text: `${names} stop. Their consoles end.`, yes: "Stop" }));
    if (sure && context.lab) await act(context.lab.lab.id, "stop", nodes.map((node) => node.id));
  },
};

function toStop(context: Context) {
  return chosenNodes(context).filter((node) => isOn(node.status.state) || node.status.state.state === "failed");
}
