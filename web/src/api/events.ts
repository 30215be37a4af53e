// The event stream of everything this person may see. After a break it asks for what it missed;
// when that is no more kept, everything shown is fetched anew.
import { applyEvents, reloadAll } from "./cache";
import { socketUrl } from "./client";
import { Socket, type Link } from "./socket";
import type { Envelope, Frame } from "./types";

/** Events of so long are drawn together: a big lab that starts sends hundreds a second. */
const GATHER_MS = 40;

export interface Watcher {
  onLink: (link: Link) => void;
  onEvent: (envelope: Envelope) => void;
  /** The server was started anew. */
  onAnew: () => void;
}

export function watchEvents({ onLink, onEvent, onAnew }: Watcher): Socket {
  let epoch: string | null = null;
  let after: number | null = null;
  let waiting: Envelope[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    const events = waiting;
    waiting = [];
    timer = undefined;
    applyEvents(events);
    events.forEach(onEvent);
  };
  const take = (frame: Frame) => {
    switch (frame.type) {
      case "hello":
        // A server that started anew numbers from the beginning.
        if (epoch !== null && epoch !== frame.epoch) {
          reloadAll();
          onAnew();
        }
        if (epoch !== frame.epoch) after = frame.sequence;
        epoch = frame.epoch;
        return;
      case "reload":
        reloadAll();
        return;
      case "event":
        after = frame.sequence;
        waiting.push(frame);
        timer ??= setTimeout(flush, GATHER_MS);
        return;
    }
  };
  return new Socket({
    url: () => socketUrl("/events", epoch === null ? {} : { epoch, after }),
    onText: (text) => take(JSON.parse(text) as Frame),
    onLink,
  });
}
