import type { Action } from "./action";
import { noLab } from "./may";

export const actualSize: Action = {
  id: "actual-size",
  name: () => "Zoom to 100 %",
  icon: "search",
  shortcut: "1",
  places: ["sheet"],
  off: noLab,
  perform: ({ sheet }) => sheet?.zoomTo(1),
};
