// The cards on the sheet: the lab's, with where a drag has them now.
import { type NodeChange, applyNodeChanges } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import { useTemplates } from "@/api/meta";
import type { LabDetail } from "@/api/types";
import { setSheet, useSheet } from "@/view/sheet";
import { type SheetNode, cardsOf, mergeCards } from "./flow";

export function useCards(detail: LabDetail) {
  const templates = useTemplates();
  const selection = useSheet((s) => s.selection);
  const fresh = useMemo(() => cardsOf(detail, templates), [detail, templates]);
  const [state, setState] = useState({ fresh, cards: fresh });
  // New data is taken in while drawing, not after it: no frame shows the old lab.
  if (state.fresh !== fresh) setState({ fresh, cards: mergeCards(state.cards, fresh) });

  const onNodesChange = useCallback((changes: NodeChange<SheetNode>[]) => {
    takeSelection(changes);
    const others = changes.filter((change) => change.type !== "select" && change.type !== "remove");
    if (others.length > 0) setState((old) => ({ ...old, cards: applyNodeChanges(others, old.cards) }));
  }, []);

  const cards = useMemo(() => {
    const chosen = new Set(selection);
    return state.cards.map((card) => ((card.selected ?? false) === chosen.has(card.id) ? card : { ...card, selected: chosen.has(card.id) }));
  }, [state.cards, selection]);
  return { cards, onNodesChange, templates };
}

/** The selection lives in the sheet's store, for menus, inspector and shortcuts. */
export function takeSelection(changes: { type: string; id?: string; selected?: boolean }[]): void {
  const picked = changes.filter((change) => change.type === "select");
  if (picked.length === 0) return;
  setSheet(({ selection }) => {
    const next = new Set(selection);
    for (const { id, selected } of picked) {
      if (!id) continue;
      if (selected) next.add(id);
      else next.delete(id);
    }
    return { selection: [...next] };
  });
}
