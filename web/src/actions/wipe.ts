import { act } from "@/api/acts";
import { isOn } from "@/model/state";
import { count, listed } from "@/model/words";
import { ask } from "@/view/dialogs";
import type { Action, Context } from "./action";
import { chosenNodes } from "./context";
import { noOperate } from "./may";

/** Cannot be taken back, so it asks. */
export const wipe: Action = {
  id: "wipe",
  name: () => "Wipe",
  icon: "wipe",
  places: ["node"],
  off: (context) => noOperate(context) ?? whyNot(context),
  perform: async (context) => {
    const nodes = chosenNodes(context);
    const names = listed(nodes.map((node) => node.name), 5);
    const sure = await ask({
      title: nodes.length === 1 ? `Wipe ${names}?` : `Wipe ${count(nodes.length, "node")}?`,
      text: `What was written inside ${names} is lost: files, histories, logs. The lab’s own files and settings stay.`,
      yes: "Wipe",
      danger: true,
    });
    if (sure && context.lab) await act(context.lab.lab.id, "wipe", nodes.map((node) => node.id));
  },
};

function whyNot(context: Context): string | null {
  const nodes = chosenNodes(context);
  if (nodes.length === 0) return "Choose a node first.";
  const running = nodes.filter((node) => isOn(node.status.state) || node.status.state.state === "stopping");
  if (running.length === 0) return null;
  return `${listed(running.map((node) => node.name))} ${running.length === 1 ? "runs" : "run"}. Stop first, then wipe.`;
}
