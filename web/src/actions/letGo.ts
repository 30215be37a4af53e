import { setSheet } from "@/view/sheet";
import type { Action } from "./action";
import { noLab } from "./may";

export const letGo: Action = {
  id: "let-go",
  name: () => "Let go of everything",
  icon: "close",
  shortcut: "Escape",
  places: [],
  off: noLab,
  perform: () => setSheet({ selection: [], linkingFrom: null, menu: null }),
};
