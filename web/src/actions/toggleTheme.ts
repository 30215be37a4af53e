import { useTheme } from "@/view/theme";
import type { Action } from "./action";

export const toggleTheme: Action = {
  id: "toggle-theme",
  name: () => (useTheme.getState().theme === "dark" ? "Switch to light" : "Switch to dark"),
  icon: "moon",
  places: [],
  off: () => null,
  perform: () => useTheme.getState().toggle(),
};
