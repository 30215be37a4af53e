import { navigate } from "wouter/use-browser-location";
import type { Action } from "./action";

export const showImages: Action = {
  id: "show-images",
  name: () => "Images",
  icon: "image",
  places: [],
  off: () => null,
  perform: () => navigate("/images"),
};
