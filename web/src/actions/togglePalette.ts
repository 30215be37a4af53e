import { setSheet } from "@/view/sheet";
import type { Action } from "./action";
import { noLab } from "./may";

export const togglePalette: Action = {
  id: "toggle-palette",
  name: () => "Show or hide the palette",
  icon: "sidebar",
  shortcut: "[",
  places: [],
  off: noLab,
  perform: () => setSheet(({ paletteOpen }) => ({ paletteOpen: !(paletteOpen ?? window.matchMedia("(min-width: 1201px)").matches) })),
};
