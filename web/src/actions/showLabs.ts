import { navigate } from "wouter/use-browser-location";
import type { Action } from "./action";

export const showLabs: Action = {
  id: "show-labs",
  name: () => "All labs",
  icon: "grid",
  places: [],
  off: ({ lab }) => (lab ? null : ""),
  perform: () => navigate("/"),
};
