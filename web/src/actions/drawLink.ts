import { setSheet } from "@/view/sheet";
import type { Action } from "./action";
import { noEdit } from "./may";

export const drawLink: Action = {
  id: "draw-link",
  name: () => "Draw a link",
  icon: "link",
  shortcut: "W",
  places: ["node", "network"],
  parted: true,
  off: (context) => {
    const [first, second] = context.selection;
    const one = first !== undefined && second === undefined && !first.startsWith("l") && !first.startsWith("d");
    return noEdit(context) ?? (one ? null : "Choose the node where the link begins.");
  },
  perform: ({ selection }) => setSheet({ linkingFrom: selection[0] ?? null }),
};
