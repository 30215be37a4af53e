// From key presses to actions. Chords work everywhere but in a terminal; single keys only while the
// sheet, or nothing at all, has the focus.
import { isChord, presses } from "@/model/shortcut";
import { useDialogs } from "@/view/dialogs";
import type { Action } from "./action";
import { ACTIONS } from "./all";
import { currentContext } from "./context";
import { runAction } from "./run";

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || useDialogs.getState().dialog) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(".xterm")) return;
  const typing = target?.closest("input, textarea, select, [contenteditable]");
  const onSheet = target === document.body || target?.closest(".sheet");
  const bound = ACTIONS.filter(({ shortcut }) => shortcut && presses(event, shortcut) && (isChord(shortcut) || onSheet));
  const action = choose(bound);
  if (!action || (typing && action.id !== "commands")) return;
  // Enter and Space belong to a focused button.
  if (event.key === "Enter" && target?.closest("button, a")) return;
  event.preventDefault();
  runAction(action);
}

/** Of two actions on one key (start and stop) the first that can be done. */
function choose(bound: Action[]): Action | undefined {
  const context = currentContext();
  return bound.find((action) => action.off(context) === null) ?? bound.find((action) => action.off(context) !== "");
}
