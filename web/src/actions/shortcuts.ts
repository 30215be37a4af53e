import { show } from "@/view/dialogs";
import type { Action } from "./action";

export const shortcuts: Action = {
  id: "shortcuts",
  name: () => "All shortcuts",
  icon: "command",
  shortcut: "?",
  places: [],
  off: () => null,
  perform: () => show({ kind: "shortcuts" }),
};
