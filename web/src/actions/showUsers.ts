import { navigate } from "wouter/use-browser-location";
import { cachedSession } from "@/api/session";
import type { Action } from "./action";

export const showUsers: Action = {
  id: "show-users",
  name: () => "Administration",
  icon: "users",
  places: [],
  off: () => (cachedSession()?.user.role === "admin" ? null : ""),
  perform: () => navigate("/admin"),
};
