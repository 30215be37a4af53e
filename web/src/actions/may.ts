// Reasons why something cannot be done, in the same words everywhere. The server has the last word.
import type { Context } from "./action";

export const noLab = ({ lab }: Context): string | null => (lab ? null : "Open a lab first.");

export function noEdit({ lab }: Context): string | null {
  if (!lab) return "Open a lab first.";
  return lab.can_edit ? null : `You can look, not change. ${lab.owner} owns this lab.`;
}

export function noOperate({ lab }: Context): string | null {
  if (!lab) return "Open a lab first.";
  return lab.can_operate ? null : `You can look, not start or stop. ${lab.owner} owns this lab.`;
}
