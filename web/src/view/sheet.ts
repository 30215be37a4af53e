// What one sees of the open lab: selection, panels, mode. None of it is the lab's.
import { create } from "zustand";
import type { Key } from "@/model/ends";
import type { Point } from "@/model/geometry";

/** What the canvas can be asked to do; null while no lab is open. */
export interface SheetHandle {
  fit: () => void;
  zoomTo: (zoom: number) => void;
  zoomBy: (factor: number) => void;
  select: (keys: Key[]) => void;
  reveal: (key: Key) => void;
  /** The middle of what is seen, in the sheet's own measure. */
  middle: () => Point;
}

interface SheetState {
  /** The lab whose page is open. */
  lab: string | null;
  handle: SheetHandle | null;
  /** In the order in which they were chosen. */
  selection: Key[];
  menu: { at: Point; key: Key | null } | null;
  /** A link is being drawn from this node or network. */
  linkingFrom: Key | null;
  tool: "select" | "hand";
  locked: boolean;
  /** Null: as wide as the window allows. */
  paletteOpen: boolean | null;
  inspectorOpen: boolean | null;
  /** Edits on their way to the server. */
  saving: number;
  /** Jobs whose progress list was closed. */
  hiddenJobs: string[];
}

const FRESH = {
  selection: [],
  menu: null,
  linkingFrom: null,
  tool: "select",
  locked: false,
  saving: 0,
} satisfies Partial<SheetState>;

export const useSheet = create<SheetState>(() => ({ lab: null, handle: null, paletteOpen: null, inspectorOpen: null, hiddenJobs: [], ...FRESH }));

export const setSheet = useSheet.setState;

/** Turns to another lab, or to none. */
export function turnTo(lab: string | null): void {
  setSheet({ ...FRESH, lab });
}

/** Counts an edit as being saved until it is answered. */
export async function saving<T>(work: Promise<T>): Promise<T> {
  setSheet(({ saving: n }) => ({ saving: n + 1 }));
  try {
    return await work;
  } finally {
    setSheet(({ saving: n }) => ({ saving: Math.max(0, n - 1) }));
  }
}
