// Short news in a fixed place, for what the canvas does not show by itself.
import { create } from "zustand";

export interface Toast {
  id: number;
  tone: "good" | "bad" | "note" | "warn" | "cut";
  icon: string;
  title: string;
  text?: string;
  act?: { label: string; do: () => void };
}

interface ToastState {
  toasts: Toast[];
}

export const useToasts = create<ToastState>(() => ({ toasts: [] }));

let last = 0;
/** Errors stay longer: they have a cure to read. */
const STAYS_MS = { good: 5000, note: 5000, cut: 7000, warn: 9000, bad: 14_000 };
const MOST = 4;

export function notify(toast: Omit<Toast, "id">): void {
  const id = ++last;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts.filter((t) => t.title !== toast.title || t.text !== toast.text), { ...toast, id }].slice(-MOST) }));
  setTimeout(() => dismiss(id), STAYS_MS[toast.tone]);
}

export function dismiss(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((t) => t.id !== id) }));
}
