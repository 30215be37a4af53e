// One console over its WebSocket. It counts the bytes it has seen; after a break it asks for what
// came after them, so that nothing is missed and nothing printed twice.
import { socketUrl } from "@/api/client";
import { type Link, Socket } from "@/api/socket";
import type { TerminalEvent, TerminalInput } from "@/api/types";

export interface Screen {
  size: () => { columns: number; rows: number };
  write: (bytes: Uint8Array) => void;
  /** What was shown is no more what the console holds. */
  reset: () => void;
}

export interface ConsoleEvents {
  onLink: (link: Link) => void;
  /** It cannot be had: the reason, in the server's words. */
  onFailed: (message: string) => void;
  onExit: (status: number) => void;
}

export class ConsoleSession {
  readonly #socket: Socket;
  readonly #screen: Screen;
  readonly #events: ConsoleEvents;
  /** Offset of the next byte expected; null until the first replay. */
  #seen: number | null = null;

  constructor(path: string, screen: Screen, events: ConsoleEvents) {
    this.#screen = screen;
    this.#events = events;
    this.#socket = new Socket({
      url: () => socketUrl(path, { ...screen.size(), from: this.#seen }),
      onText: (text) => this.#take(JSON.parse(text) as TerminalEvent),
      onBytes: (bytes) => {
        this.#seen = (this.#seen ?? 0) + bytes.length;
        screen.write(bytes);
      },
      onLink: (link) => {
        events.onLink(link);
        if (link.state === "open") this.resize();
      },
    });
  }

  #take(event: TerminalEvent): void {
    switch (event.type) {
      case "replay":
        // Another offset than asked for: the console is a new one, or the oldest output is gone.
        if (this.#seen !== null && event.offset !== this.#seen) this.#screen.reset();
        this.#seen = event.offset;
        return;
      case "exit":
        this.#events.onExit(event.status);
        return;
      case "failed":
        this.#events.onFailed(event.message);
        return;
    }
  }

  /** Typed keys; lost while there is no connection, which the pane says. */
  input(data: string): void {
    this.#socket.send(new TextEncoder().encode(data));
  }

  bytes(data: string): void {
    this.#socket.send(Uint8Array.from(data, (char) => char.charCodeAt(0)));
  }

  resize(): void {
    const message: TerminalInput = { type: "resize", ...this.#screen.size() };
    this.#socket.send(JSON.stringify(message));
  }

  retryNow(): void {
    this.#socket.retryNow();
  }

  close(): void {
    this.#socket.close();
  }
}
