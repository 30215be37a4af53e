import { postEdit } from "@/api/edits";
import type { Edit } from "@/api/types";
import { idOf } from "@/model/ends";
import { isOn } from "@/model/state";
import { count, listed } from "@/model/words";
import { ask } from "@/view/dialogs";
import { saving, setSheet } from "@/view/sheet";
import type { Action, Context } from "./action";
import { chosenNodes, only } from "./context";
import { noEdit } from "./may";

/** Undo takes it back; only what runs is asked about, for its memory is lost. */
export const remove: Action = {
  id: "remove",
  name: () => "Delete",
  icon: "trash",
  shortcut: "Delete",
  places: ["node", "network", "link"],
  parted: true,
  danger: true,
  off: (context) => noEdit(context) ?? (context.selection.length > 0 ? null : "Choose something first."),
  perform: async (context) => {
    const running = chosenNodes(context).filter((node) => isOn(node.status.state));
    const sure =
      running.length === 0 ||
      (await ask({
        title: running.length === 1 ? `Delete ${running[0]?.name ?? "it"}?` : `Delete ${count(running.length, "running node")}?`,
        text: `${listed(running.map((node) => node.name), 5)} ${running.length === 1 ? "runs" : "run"} and will be stopped. Undo brings it back as it was drawn, without what was written inside.`,
        yes: "Stop and delete",
        danger: true,
      }));
    if (!sure) return;
    setSheet({ selection: [] });
    const edits = removals(context);
    const [first] = edits;
    if (first) await saving(postEdit(context.lab?.lab.id ?? "", edits.length === 1 ? first : { edit: "batch", edits }));
  },
};

/** Links first: those of a removed node go with it and must not be removed twice. */
function removals({ lab, selection }: Context): Edit[] {
  const nodes = only(selection, "n");
  const networks = only(selection, "w");
  const goes = (end: NonNullable<typeof lab>["lab"]["links"][number]["a"]) =>
    "interface" in end ? nodes.includes(end.interface.node) : networks.includes(end.network);
  const links = lab?.lab.links.filter((link) => selection.includes(`l${link.id}`) && !goes(link.a) && !goes(link.b)) ?? [];
  return [
    ...links.map((link): Edit => ({ edit: "remove_link", id: link.id })),
    ...selection.filter((key) => key.startsWith("d")).map((key): Edit => ({ edit: "remove_drawing", id: idOf(key) })),
    ...nodes.map((id): Edit => ({ edit: "remove_node", id })),
    ...networks.map((id): Edit => ({ edit: "remove_network", id })),
  ];
}
