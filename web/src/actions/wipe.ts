import { act } from "@/api/acts";
import { count, listed } from "@/model/words";
import { isOn } from "@/model/state";
import { ask } from "@/view/dialogs";
import type { Action } from "./action";
import { chosenNodes } from "./context";
import { noOperate } from "./may";

/** Cannot be taken back, so it asks. */
export const wipe: Action = {
  id: "wipe",
  name: () => "Wipe",
  icon: "wipe",
  places: ["node"],
  off: (context) => noOperate(context) ?? (chosenNodes(context).length > 0 ? null : "Choose a node first."),
  perform: async (context) => {
    const nodes = chosenNodes(context);
    const names = listed(nodes.map((node) => node.name), 5);
    const running = nodes.filter((node) => isOn(node.status.state)).length;
    const sure = await ask({
      title: nodes.length === 1 ? `Wipe ${names}?` : `Wipe ${count(nodes.length, "node")}?`,
      text: `What was written inside ${names} is lost: files, histories, logs. The lab's own files and settings stay.${running > 0 ? " Running nodes are started anew." : ""}`,
      yes: running > 0 ? "Wipe and restart" : "Wipe",
      danger: true,
    });
    if (sure && context.lab) await act(context.lab.lab.id, "wipe", nodes.map((node) => node.id));
  },
};
