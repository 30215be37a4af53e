import { navigate } from "wouter/use-browser-location";
import { createLab } from "@/api/labs";
import { askName } from "@/view/dialogs";
import type { Action } from "./action";

export const newLab: Action = {
  id: "new-lab",
  name: () => "New lab",
  icon: "plus",
  shortcut: "N",
  places: [],
  // On the sheet `N` belongs to notes.
  off: ({ lab }) => (lab ? "" : null),
  perform: async () => {
    const name = await askName({ title: "New lab", label: "Name", value: "", yes: "Create" });
    if (!name) return;
    const { lab } = await createLab(name);
    navigate(`/labs/${lab.id}`);
  },
};
