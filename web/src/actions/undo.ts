import { undo as undoEdit } from "@/api/edits";
import { saving } from "@/view/sheet";
import type { Action } from "./action";
import { noEdit } from "./may";

export const undo: Action = {
  id: "undo",
  name: ({ lab }) => (lab?.undo ? `Undo ${lab.undo}` : "Undo"),
  icon: "undo",
  shortcut: "Ctrl+Z",
  places: ["sheet"],
  off: (context) => noEdit(context) ?? (context.lab?.undo ? null : "Nothing of yours to undo."),
  perform: ({ lab }) => saving(undoEdit(lab?.lab.id ?? "")),
};
