import { postEdit } from "@/api/edits";
import { askName } from "@/view/dialogs";
import { saving } from "@/view/sheet";
import type { Action } from "./action";
import { noEdit } from "./may";

export const renameLab: Action = {
  id: "rename-lab",
  name: () => "Rename lab",
  icon: "note",
  places: ["sheet"],
  parted: true,
  off: noEdit,
  perform: async ({ lab }) => {
    if (!lab) return;
    const name = await askName({ title: "Rename lab", label: "Name", value: lab.lab.name, yes: "Rename" });
    if (name && name !== lab.lab.name) await saving(postEdit(lab.lab.id, { edit: "set_lab", name }));
  },
};
