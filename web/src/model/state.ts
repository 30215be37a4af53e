// A node's state in form and words: the mark tells it without colour, the words without the mark.
import type { NodeState, NodeStatus } from "@/api/types";

export type StateWord = NodeState["state"];

/** The six forms of the design. `starting` and `stopping` are both on their way somewhere. */
export type Mark = "stopped" | "waiting" | "booting" | "running" | "degraded" | "failed";

const MARKS: Record<StateWord, Mark> = {
  stopped: "stopped",
  waiting: "waiting",
  starting: "booting",
  running: "running",
  degraded: "degraded",
  stopping: "waiting",
  failed: "failed",
};

export const STOPPED: NodeStatus = {
  state: { state: "stopped" },
  since_ms: 0,
  start: 0,
  pending: [],
  consoles: [],
  processes: [],
  usage: { cpu_percent: 0, rss_bytes: 0 },
};

export function markOf(state: NodeState): Mark {
  if (state.state === "running" && !state.booted) return "booting";
  return MARKS[state.state];
}

/** For summaries, which carry only the word. A word of a newer server shows as stopped. */
export function markOfWord(word: string): Mark {
  return (MARKS as Record<string, Mark | undefined>)[word] ?? "stopped";
}

/** Whether the node's processes may be spoken to. */
export function isLive(state: NodeState): boolean {
  return state.state === "running" || state.state === "degraded";
}

/** Whether anything of it is on, or on its way: what Stop applies to. */
export function isOn(state: NodeState): boolean {
  return isLive(state) || state.state === "starting" || state.state === "waiting";
}

/** The whole reason, the step or what is waited for; empty when the word says all. */
export function detailOf(state: NodeState): string {
  switch (state.state) {
    case "waiting":
      return state.for_what;
    case "starting":
      return state.step;
    case "degraded":
    case "failed":
      return state.why;
    case "running":
      return state.booted ? "" : "booting";
    case "stopped":
    case "stopping":
      return "";
  }
}

/** The word with a capital: `Running`. */
export function titleOf(state: NodeState): string {
  return capital(state.state === "running" && !state.booted ? "booting" : state.state);
}

/** The second line of a card: what it is when all is well, else the reason. */
export function secondLine(state: NodeState, kind: string): string {
  const detail = detailOf(state);
  switch (state.state) {
    case "running":
      return state.booted ? kind : "Booting";
    case "waiting":
      return detail ? `After ${detail}` : "Waiting";
    case "starting":
      return detail ? capital(detail.replace(/^starting /i, "starts ")) : "Starting";
    case "degraded":
    case "failed":
      return detail ? capital(detail) : titleOf(state);
    case "stopped":
    case "stopping":
      return titleOf(state);
  }
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
