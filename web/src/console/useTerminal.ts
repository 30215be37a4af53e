// A terminal in a box, joined to its console for as long as the tab is there.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { Link } from "@/api/socket";
import type { Tab } from "@/view/dock";
import { useTheme } from "@/view/theme";
import { ConsoleSession } from "./session";
import { termTheme } from "./termTheme";

export interface TerminalState {
  link: Link;
  failed: string | null;
  retry: () => void;
}

const LINES_KEPT = 10_000;

function newTerminal(): Terminal {
  return new Terminal({
    fontFamily: '"JetBrains Mono", ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: 12,
    lineHeight: 1.35,
    cursorStyle: "block",
    cursorBlink: false,
    scrollback: LINES_KEPT,
    allowTransparency: true,
    theme: termTheme(),
    macOptionIsMeta: true,
    screenReaderMode: false,
  });
}

/** `ready`: the console can be had; nothing is asked for before. */
export function useTerminal(box: RefObject<HTMLDivElement | null>, tab: Tab, visible: boolean, ready: boolean): TerminalState {
  const [link, setLink] = useState<Link>({ state: "connecting" });
  const [failed, setFailed] = useState<string | null>(null);
  const parts = useRef<{ terminal: Terminal; fit: FitAddon; session: ConsoleSession } | null>(null);
  const theme = useTheme((s) => s.theme);
  const { lab, node, console: name } = tab;

  useEffect(() => {
    const element = box.current;
    if (!element || !ready) return;
    const terminal = newTerminal();
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(element);
    fit.fit();
    const session = new ConsoleSession(
      `/labs/${lab}/nodes/${node}/consoles/${encodeURIComponent(name)}`,
      {
        size: () => ({ columns: terminal.cols, rows: terminal.rows }),
        write: (bytes) => terminal.write(bytes),
        reset: () => terminal.reset(),
      },
      {
        onLink: (next) => {
          setLink(next);
          if (next.state === "open") setFailed(null);
        },
        onFailed: setFailed,
        onExit: (status) => setFailed(status === 0 ? "The console has ended." : `The console ended with status ${status}.`),
      },
    );
    terminal.onData((data) => session.input(data));
    terminal.onBinary((data) => session.bytes(data));
    terminal.onResize(() => session.resize());
    const watcher = new ResizeObserver(() => {
      if (element.offsetParent !== null) fit.fit();
    });
    watcher.observe(element);
    // The face may arrive after the first fit, with other widths.
    void document.fonts.ready.then(() => fit.fit());
    parts.current = { terminal, fit, session };
    return () => {
      watcher.disconnect();
      session.close();
      terminal.dispose();
      parts.current = null;
    };
  }, [box, lab, node, name, ready]);

  useEffect(() => {
    if (parts.current) parts.current.terminal.options.theme = termTheme();
  }, [theme]);

  useEffect(() => {
    if (!visible || !ready) return;
    parts.current?.fit.fit();
    parts.current?.terminal.focus();
  }, [visible, ready]);

  const retry = useCallback(() => parts.current?.session.retryNow(), []);
  return { link, failed, retry };
}
