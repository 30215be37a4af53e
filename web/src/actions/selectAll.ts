import { networkKey, nodeKey } from "@/model/ends";
import type { Action } from "./action";
import { noLab } from "./may";

export const selectAll: Action = {
  id: "select-all",
  name: () => "Select everything",
  icon: "group",
  shortcut: "Ctrl+A",
  places: ["sheet"],
  off: noLab,
  perform: ({ lab, sheet }) => {
    if (!lab) return;
    const ids = (things: object) => Object.keys(things).map(Number);
    sheet?.select([...ids(lab.lab.nodes).map(nodeKey), ...ids(lab.lab.networks).map(networkKey)]);
  },
};
