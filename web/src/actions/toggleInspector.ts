import { setSheet } from "@/view/sheet";
import type { Action } from "./action";
import { noLab } from "./may";

export const toggleInspector: Action = {
  id: "toggle-inspector",
  name: () => "Show or hide the inspector",
  icon: "sidebar",
  shortcut: "]",
  places: [],
  off: noLab,
  perform: () => setSheet(({ inspectorOpen }) => ({ inspectorOpen: !(inspectorOpen ?? window.matchMedia("(min-width: 1201px)").matches) })),
};
