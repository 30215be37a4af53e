import { show } from "@/view/dialogs";
import type { Action } from "./action";

export const commands: Action = {
  id: "commands",
  name: () => "Search or run a command",
  icon: "search",
  shortcut: "Ctrl+K",
  places: [],
  off: () => null,
  perform: () => show({ kind: "commands" }),
};
