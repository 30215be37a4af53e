// What a user action is. One file each: its name, icon, shortcut, when it is enabled, what it does.
// Menus, buttons, shortcuts and the command palette are made from these alone.
import type { LabDetail } from "@/api/types";
import type { Key } from "@/model/ends";
import type { SheetHandle } from "@/view/sheet";

/** What an action may look at. */
export interface Context {
  /** Null outside a lab. */
  lab: LabDetail | null;
  selection: Key[];
  sheet: SheetHandle | null;
}

export type Place = "node" | "network" | "link" | "sheet";

export interface Action {
  id: string;
  /** A verb, with its object where that is not in sight. */
  name: (context: Context) => string;
  icon: string;
  shortcut?: string;
  /** The context menus it stands in; the command palette has all that are not off. */
  places: Place[];
  /** A line above it in menus. */
  parted?: boolean;
  danger?: boolean;
  /** Why it cannot be done now; null: it can. An empty text hides it from menus altogether. */
  off: (context: Context) => string | null;
  perform: (context: Context) => void | Promise<void>;
}
