import { setSheet, useSheet } from "@/view/sheet";
import type { Action } from "./action";
import { noLab } from "./may";

/** Guards this browser's hand only: others still move things. */
export const lock: Action = {
  id: "lock",
  name: () => (useSheet.getState().locked ? "Unlock positions" : "Lock positions"),
  icon: "lock",
  shortcut: "L",
  places: ["sheet"],
  off: noLab,
  perform: () => setSheet(({ locked }) => ({ locked: !locked })),
};
