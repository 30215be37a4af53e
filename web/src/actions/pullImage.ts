import { cachedSession } from "@/api/session";
import { show } from "@/view/dialogs";
import type { Action } from "./action";

export const pullImage: Action = {
  id: "pull-image",
  name: () => "Pull an image",
  icon: "import",
  places: [],
  off: () => (cachedSession()?.user.role === "admin" ? null : ""),
  perform: () => pull(""),
};

/** Asks for a name, or offers this one. */
export function pull(name: string): void {
  show({ kind: "pull", name });
}
