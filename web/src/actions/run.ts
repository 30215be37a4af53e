// Does an action, and tells what went wrong.
import { causeAndCure } from "@/api/errors";
import { notify } from "@/view/toasts";
import type { Action, Context } from "./action";
import { currentContext } from "./context";

export function runAction(action: Action, context: Context = currentContext()): void {
  const why = action.off(context);
  if (why !== null) {
    if (why) notify({ tone: "note", icon: action.icon, title: why });
    return;
  }
  tellIfItFails(async () => action.perform(context));
}

/** For work without an action of its own: a drag, a drop, a typed name. */
export function tellIfItFails(work: () => unknown): void {
  void Promise.resolve()
    .then(work)
    .catch((error: unknown) => {
      const { cause, cure } = causeAndCure(error);
      notify({ tone: "bad", icon: "error", title: cause, ...(cure ? { text: cure } : {}) });
    });
}
