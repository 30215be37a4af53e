import { navigate } from "wouter/use-browser-location";
import { deleteLab as deleteIt } from "@/api/labs";
import { count } from "@/model/words";
import { isOn } from "@/model/state";
import { ask } from "@/view/dialogs";
import { notify } from "@/view/toasts";
import type { Action } from "./action";
import { allNodes } from "./context";
import { noOwn } from "./may";

export const deleteLab: Action = {
  id: "delete-lab",
  name: () => "Delete lab",
  icon: "trash",
  places: [],
  danger: true,
  off: noOwn,
  perform: async ({ lab }) => {
    if (!lab) return;
    const running = allNodes(lab).filter((node) => isOn(node.status.state)).length;
    if (await askAndDelete(lab.lab.id, lab.lab.name, running)) navigate("/");
  },
};

/** Says what runs in it; true when it is gone. */
export async function askAndDelete(id: string, name: string, running: number): Promise<boolean> {
  const sure = await ask({
    title: `Delete ${name}?`,
    text:
      running > 0
        ? `${count(running, "node")} ${running === 1 ? "runs" : "run"} in it. They are stopped, and what is written inside them is lost. The lab's file goes to the server's trash folder.`
        : "What is written inside its nodes is lost. The lab's file goes to the server's trash folder.",
    yes: running > 0 ? "Stop and delete" : "Delete",
    no: "Keep the lab",
    danger: true,
  });
  if (!sure) return false;
  await deleteIt(id);
  notify({ tone: "good", icon: "check", title: "Lab deleted", text: name });
  return true;
}
