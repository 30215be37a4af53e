import { notify } from "@/view/toasts";
import type { Action } from "./action";
import { chosenNodes } from "./context";
import { noLab } from "./may";

/** For people who would rather use their own terminal. */
export const copyCommand: Action = {
  id: "copy-command",
  name: () => "Copy console command",
  icon: "copy",
  places: ["node"],
  off: (context) => noLab(context) ?? (chosenNodes(context).length === 1 ? null : ""),
  perform: async (context) => {
    const [node] = chosenNodes(context);
    const command = `nova-ve console ${quoted(`${context.lab?.lab.name ?? ""}/${node?.name ?? ""}`)}`;
    await navigator.clipboard.writeText(command);
    notify({ tone: "good", icon: "copy", title: "Copied", text: command });
  },
};

const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
