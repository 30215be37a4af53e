// xterm in our tokens. It paints on a canvas of its own, so the colours are read, not referenced.
import type { ITheme } from "@xterm/xterm";

export function termTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--term-${name}`).trim();
  const [red, green, yellow, blue, magenta, cyan, white] = ["red", "green", "yellow", "blue", "magenta", "cyan", "white"].map(token);
  return {
    // The pane behind it has the colour, so that a change of theme needs no new drawing.
    background: "#00000000",
    foreground: token("fg"),
    cursor: token("cursor"),
    cursorAccent: token("bg"),
    selectionBackground: token("select"),
    black: token("line"),
    brightBlack: token("dim"),
    ...defined({ red, green, yellow, blue, magenta, cyan, white }),
    ...defined({ brightRed: red, brightGreen: green, brightYellow: yellow, brightBlue: blue, brightMagenta: magenta, brightCyan: cyan, brightWhite: white }),
  };
}

function defined(colours: Record<string, string | undefined>): ITheme {
  return Object.fromEntries(Object.entries(colours).filter(([, value]) => value));
}
