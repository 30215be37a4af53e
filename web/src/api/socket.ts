// A WebSocket that comes back: after a break it tries again with growing pauses.
import { retryDelay_s } from "@/model/backoff";

export type Link = { state: "connecting" } | { state: "open" } | { state: "lost"; retryAt_ms: number };

export interface SocketOptions {
  /** Asked anew for every try, so that it can name what was seen last. */
  url: () => string;
  onText: (text: string) => void;
  onBytes?: (bytes: Uint8Array) => void;
  onLink: (link: Link) => void;
}

/** How long a connection has to hold before the pauses start small again. */
const SETTLED_MS = 3000;

export class Socket {
  readonly #options: SocketOptions;
  #ws: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #closed = false;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Drops what is not open: the other side is told to send again from an offset. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#ws?.readyState !== WebSocket.OPEN) return false;
    this.#ws.send(data);
    return true;
  }

  retryNow(): void {
    if (this.#closed || this.#ws) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#ws?.close();
  }

  #connect(): void {
    this.#options.onLink({ state: "connecting" });
    const ws = new WebSocket(this.#options.url());
    ws.binaryType = "arraybuffer";
    this.#ws = ws;
    let opened_ms = 0;
    ws.onopen = () => {
      opened_ms = Date.now();
      this.#options.onLink({ state: "open" });
    };
    ws.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") this.#options.onText(data);
      else this.#options.onBytes?.(new Uint8Array(data));
    };
    ws.onclose = () => {
      this.#ws = null;
      if (this.#closed) return;
      if (opened_ms > 0 && Date.now() - opened_ms > SETTLED_MS) this.#attempt = 0;
      const delay_ms = retryDelay_s(this.#attempt++) * 1000;
      this.#options.onLink({ state: "lost", retryAt_ms: Date.now() + delay_ms });
      this.#timer = setTimeout(() => this.#connect(), delay_ms);
    };
  }
}
