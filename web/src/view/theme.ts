// Light or dark: the person's choice on this machine, else the system's.
import { create } from "zustand";

export type Theme = "light" | "dark";

interface ThemeState {
  theme: Theme;
  toggle: () => void;
}

const onPage = (): Theme => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");

export const useTheme = create<ThemeState>((set, get) => ({
  theme: onPage(),
  toggle: () => {
    const theme = get().theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("nova-theme", theme);
    } catch {
      // Without storage the choice holds until the page is closed.
    }
    set({ theme });
  },
}));
