// The console tabs of the dock.
import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";

export interface Tab {
  /** `lab/node/console`. */
  id: string;
  lab: string;
  node: number;
  console: string;
}

interface DockState {
  tabs: Tab[];
  active: string | null;
  open: boolean;
  height: number;
}

export const DOCK_HEIGHT = 232;

/** Kept for the browser tab's life, so that a reload brings the consoles back. */
export const useDock = create<DockState>()(
  persist((): DockState => ({ tabs: [], active: null, open: false, height: DOCK_HEIGHT }), {
    name: "nova-dock",
    storage: createJSONStorage(() => sessionStorage),
  }),
);

export function openConsole(lab: string, node: number, name: string): void {
  const id = `${lab}/${node}/${name}`;
  useDock.setState(({ tabs }) => ({
    tabs: tabs.some((tab) => tab.id === id) ? tabs : [...tabs, { id, lab, node, console: name }],
    active: id,
    open: true,
  }));
}

export function closeTab(id: string): void {
  useDock.setState(({ tabs, active, open }) => {
    const at = tabs.findIndex((tab) => tab.id === id);
    const left = tabs.filter((tab) => tab.id !== id);
    const next = active === id ? (left[Math.max(0, at - 1)]?.id ?? null) : active;
    return { tabs: left, active: next, open: open && left.length > 0 };
  });
}

export function showTab(id: string): void {
  useDock.setState({ active: id, open: true });
}

export function toggleDock(): void {
  useDock.setState(({ open }) => ({ open: !open }));
}

export function resizeDock(height: number): void {
  useDock.setState({ height: Math.round(Math.min(Math.max(height, 120), window.innerHeight * 0.7)), open: true });
}
