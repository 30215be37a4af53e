// Shortcuts as text: `Ctrl+Shift+Z`, `X`, `?`, `Delete`.

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** Whether the key press is the shortcut. Ctrl may be the Mac's command key. */
export function presses(event: KeyPress, shortcut: string): boolean {
  const parts = shortcut === "+" ? ["+"] : shortcut.split("+");
  const key = parts.at(-1) ?? "";
  const wants = (name: string) => parts.length > 1 && parts.slice(0, -1).includes(name);
  // A sign such as `?` needs Shift on most keyboards, so Shift says nothing there.
  const sign = key.length === 1 && !/[a-z0-9]/i.test(key);
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (event.ctrlKey || event.metaKey) === wants("Ctrl") &&
    (sign || event.shiftKey === wants("Shift")) &&
    !event.altKey
  );
}

/** Single keys belong to the sheet; chords with Ctrl work everywhere. */
export function isChord(shortcut: string): boolean {
  return shortcut.startsWith("Ctrl+");
}

/** The caps to show: `Ctrl`, `Shift`, `Z`. */
export function caps(shortcut: string): string[] {
  const short: Record<string, string> = { Delete: "Del", Escape: "Esc" };
  return shortcut.split("+").map((cap) => short[cap] ?? cap);
}
