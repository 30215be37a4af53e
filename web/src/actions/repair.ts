import { cachedDrift, repairDrift } from "@/api/drift";
import { count } from "@/model/words";
import type { Action, Context } from "./action";
import { chosenLinks } from "./context";
import { noOperate } from "./may";

/** Of the chosen links; without any chosen that drifted, of the whole lab. */
export const repair: Action = {
  id: "repair",
  name: (context) => `Repair ${count(toRepair(context).length, "difference")}`,
  icon: "repair",
  places: ["link"],
  off: (context) => noOperate(context) ?? (toRepair(context).length > 0 ? null : ""),
  perform: async (context) => {
    if (context.lab) await repairDrift(context.lab.lab.id, toRepair(context));
  },
};

function toRepair(context: Context): string[] {
  if (!context.lab) return [];
  const all = cachedDrift(context.lab.lab.id).filter((item) => item.can_repair);
  const chosen = new Set(chosenLinks(context).map((link) => link.id));
  const own = all.filter(({ drift }) => drift.link && chosen.has(drift.link));
  return (own.length > 0 || context.selection.length > 0 ? own : all).map(({ drift }) => drift.id);
}
