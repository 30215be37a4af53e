import { setLink } from "@/api/edits";
import { count } from "@/model/words";
import type { Action, Context } from "./action";
import { chosenLinks } from "./context";
import { noOperate } from "./may";

export const heal: Action = {
  id: "heal",
  name: (context) => (toHeal(context).length > 1 ? `Heal ${count(toHeal(context).length, "link")}` : "Heal link"),
  icon: "heal-link",
  shortcut: "Shift+X",
  places: ["link"],
  off: (context) => noOperate(context) ?? (toHeal(context).length > 0 ? null : ""),
  perform: async (context) => {
    for (const link of toHeal(context)) await setLink(context.lab?.lab.id ?? "", link.id, "heal");
  },
};

function toHeal(context: Context) {
  return chosenLinks(context).filter((link) => link.state === "cut");
}
