import { act } from "@/api/acts";
import { listed } from "@/model/words";
import type { Action } from "./action";
import { chosenNodes } from "./context";
import { noOperate } from "./may";

const startable = (word: string) => word === "stopped" || word === "failed";

/** `S` on a mixed selection starts what is stopped; stop.ts has the other half. */
export const start: Action = {
  id: "start",
  name: (context) => `Start ${listed(toStart(context).map((node) => node.name))}`.trim(),
  icon: "start",
  shortcut: "S",
  places: ["node"],
  off: (context) => noOperate(context) ?? (toStart(context).length > 0 ? null : ""),
  perform: async (context) => {
    if (context.lab) await act(context.lab.lab.id, "start", toStart(context).map((node) => node.id));
  },
};

function toStart(context: Parameters<Action["perform"]>[0]) {
  return chosenNodes(context).filter((node) => startable(node.status.state.state));
}
