import { navigate } from "wouter/use-browser-location";
import { cachedSession } from "@/api/session";
import { removeShare } from "@/api/shares";
import { ask } from "@/view/dialogs";
import type { Action } from "./action";

/** Gives one's own share back. */
export const leaveLab: Action = {
  id: "leave-lab",
  name: () => "Leave lab",
  icon: "export",
  places: [],
  off: ({ lab }) => (lab && lab.my_right !== "own" ? null : ""),
  perform: async ({ lab }) => {
    if (!lab) return;
    const sure = await ask({
      title: `Leave ${lab.lab.name}?`,
      text: `You will no longer see it. ${lab.owner} can share it with you again.`,
      yes: "Leave lab",
      no: "Stay",
    });
    const me = cachedSession()?.user.username;
    if (!sure || !me) return;
    navigate("/");
    await removeShare(lab.lab.id, me);
  },
};
