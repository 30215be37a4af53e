// Reasons why something cannot be done, in the same words everywhere. The server has the last word.
import { lacks } from "@/model/people";
import type { Context } from "./action";

export const noLab = ({ lab }: Context): string | null => (lab ? null : "Open a lab first.");

export function noEdit({ lab }: Context): string | null {
  if (!lab) return "Open a lab first.";
  return lacks(lab.my_right, "edit", lab.owner);
}

export function noOperate({ lab }: Context): string | null {
  if (!lab) return "Open a lab first.";
  return lacks(lab.my_right, "operate", lab.owner);
}

export function noOwn({ lab }: Context): string | null {
  return lab ? lacks(lab.my_right, "own", lab.owner) : "Open a lab first.";
}
