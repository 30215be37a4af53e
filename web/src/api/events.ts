// The event stream of everything this person may see. After a break it asks for what it missed;
// when that is no more kept, everything shown is fetched anew.
import { applyEvent, reloadAll } from "./cache";
import { socketUrl } from "./client";
import { Socket, type Link } from "./socket";
import type { Envelope, Frame } from "./types";

export interface Watcher {
  onLink: (link: Link) => void;
  onEvent: (envelope: Envelope) => void;
}

export function watchEvents({ onLink, onEvent }: Watcher): Socket {
  let epoch: string | null = null;
  let after: number | null = null;
  const take = (frame: Frame) => {
    switch (frame.type) {
      case "hello":
        // A server that started anew numbers from the beginning.
        if (epoch !== null && epoch !== frame.epoch) reloadAll();
        if (epoch !== frame.epoch) after = frame.sequence;
        epoch = frame.epoch;
        return;
      case "reload":
        reloadAll();
        return;
      case "event":
        after = frame.sequence;
        applyEvent(frame);
        onEvent(frame);
        return;
    }
  };
  return new Socket({
    url: () => socketUrl("/events", epoch === null ? {} : { epoch, after }),
    onText: (text) => take(JSON.parse(text) as Frame),
    onLink,
  });
}
