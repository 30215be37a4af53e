// Whether the event stream holds; shown as a banner once a break has lasted a moment.
import { create } from "zustand";
import type { Link, Socket } from "@/api/socket";

interface ConnectionState {
  link: Link;
  /** Since when there has been no stream; null while there is one. */
  lostSince_ms: number | null;
  socket: Socket | null;
  /** Another version than this page's is served by now. */
  newer: boolean;
}

export const useConnection = create<ConnectionState>(() => ({ link: { state: "connecting" }, lostSince_ms: null, socket: null, newer: false }));

export function noteLink(link: Link): void {
  useConnection.setState(({ lostSince_ms }) => ({
    link,
    lostSince_ms: link.state === "open" ? null : link.state === "lost" ? (lostSince_ms ?? Date.now()) : lostSince_ms,
  }));
}
