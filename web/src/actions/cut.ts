import { setLink } from "@/api/edits";
import { linkName } from "@/model/ends";
import { count } from "@/model/words";
import { ask } from "@/view/dialogs";
import { notify } from "@/view/toasts";
import type { Action, Context } from "./action";
import { chosenLinks } from "./context";
import { noOperate } from "./may";

export const cut: Action = {
  id: "cut",
  name: (context) => (toCut(context).length > 1 ? `Cut ${count(toCut(context).length, "link")}` : "Cut link"),
  icon: "cut-link",
  shortcut: "X",
  places: ["link"],
  off: (context) => noOperate(context) ?? (toCut(context).length > 0 ? null : chosenLinks(context).length > 0 ? "" : "Choose a link first."),
  perform: async (context) => {
    const links = toCut(context);
    const lab = context.lab?.lab;
    if (!lab) return;
    const sure =
      links.length < 2 ||
      (await ask({ title: `Cut ${count(links.length, "link")}?`, text: "Both ends of each lose their carrier.", yes: "Cut" }));
    if (!sure) return;
    for (const link of links) await setLink(lab.id, link.id, "cut");
    const text = links.length === 1 && links[0] ? linkName(lab, links[0]) : count(links.length, "link");
    const heal = async () => {
      for (const link of links) await setLink(lab.id, link.id, "heal");
    };
    notify({ tone: "cut", icon: "cut-link", title: "Link cut", text, act: { label: "Heal", do: () => void heal() } });
  },
};

function toCut(context: Context) {
  return chosenLinks(context).filter((link) => link.state !== "cut");
}
