import { setSheet } from "@/view/sheet";
import type { Action } from "./action";
import { noLab } from "./may";

export const PALETTE_SEARCH = "palette-search";

export const searchTemplates: Action = {
  id: "search-templates",
  name: () => "Search templates",
  icon: "search",
  shortcut: "/",
  places: [],
  off: noLab,
  perform: () => {
    setSheet({ paletteOpen: true });
    // The field may only be drawn with the opened palette.
    requestAnimationFrame(() => document.getElementById(PALETTE_SEARCH)?.focus());
  },
};
