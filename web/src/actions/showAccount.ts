import { navigate } from "wouter/use-browser-location";
import type { Action } from "./action";

export const showAccount: Action = {
  id: "show-account",
  name: () => "Your account",
  icon: "settings",
  places: [],
  off: () => null,
  perform: () => navigate("/account"),
};
