import { navigate } from "wouter/use-browser-location";
import { logOut as end } from "@/api/session";
import { useDock } from "@/view/dock";
import type { Action } from "./action";

export const logOut: Action = {
  id: "log-out",
  name: () => "Sign out",
  icon: "lock",
  places: [],
  off: () => null,
  perform: async () => {
    await end();
    useDock.setState({ tabs: [], active: null, open: false });
    navigate("/");
  },
};
