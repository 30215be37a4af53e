import { act } from "@/api/acts";
import { isLive } from "@/model/state";
import { count, listed } from "@/model/words";
import { ask } from "@/view/dialogs";
import type { Action, Context } from "./action";
import { chosenNodes } from "./context";
import { noOperate } from "./may";

export const restart: Action = {
  id: "restart",
  name: () => "Restart",
  icon: "restart",
  shortcut: "R",
  places: ["node"],
  off: (context) => noOperate(context) ?? (toRestart(context).length > 0 ? null : "Nothing of the selection runs."),
  perform: async (context) => {
    const nodes = toRestart(context);
    const names = listed(nodes.map((node) => node.name), 5);
    const sure =
      nodes.length < 2 ||
      (await ask({ title: `Restart ${count(nodes.length, "node")}?`, text: `${names} stop and start again.`, yes: "Restart" }));
    if (sure && context.lab) await act(context.lab.lab.id, "restart", nodes.map((node) => node.id));
  },
};

function toRestart(context: Context) {
  return chosenNodes(context).filter((node) => isLive(node.status.state) || node.status.state.state === "failed");
}
