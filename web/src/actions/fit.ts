import type { Action } from "./action";
import { noLab } from "./may";

export const fit: Action = {
  id: "fit",
  name: () => "Fit the lab into view",
  icon: "fit",
  shortcut: "F",
  places: ["sheet"],
  off: noLab,
  perform: ({ sheet }) => sheet?.fit(),
};
