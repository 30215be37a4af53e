import { toggleDock as toggle } from "@/view/dock";
import type { Action } from "./action";
import { noLab } from "./may";

export const toggleDock: Action = {
  id: "toggle-dock",
  name: () => "Show or hide the dock",
  icon: "console",
  shortcut: "`",
  places: [],
  off: noLab,
  perform: toggle,
};
