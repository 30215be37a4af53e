import { redo as redoEdit } from "@/api/edits";
import { saving } from "@/view/sheet";
import type { Action } from "./action";
import { noEdit } from "./may";

export const redo: Action = {
  id: "redo",
  name: ({ lab }) => (lab?.redo ? `Redo ${lab.redo}` : "Redo"),
  icon: "redo",
  shortcut: "Ctrl+Shift+Z",
  places: ["sheet"],
  off: (context) => noEdit(context) ?? (context.lab?.redo ? null : "Nothing to redo."),
  perform: ({ lab }) => saving(redoEdit(lab?.lab.id ?? "")),
};
