import { show } from "@/view/dialogs";
import type { Action } from "./action";
import { noOwn } from "./may";

export const shareLab: Action = {
  id: "share-lab",
  name: () => "Share lab",
  icon: "users",
  places: ["sheet"],
  off: noOwn,
  perform: ({ lab }) => {
    if (lab) show({ kind: "share", lab: lab.lab.id, name: lab.lab.name, owner: lab.owner });
  },
};
