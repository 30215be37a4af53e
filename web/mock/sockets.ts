// The two WebSockets: events with replay, and consoles with an offset.
import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import type { Frame } from "../src/api/types.ts";
import { shellFor, type } from "./shell.ts";
import { labs, listen } from "./world.ts";

const epoch = randomUUID();
const kept: Extract<Frame, { type: "event" }>[] = [];
let sequence = 0;
const readers = new Set<(frame: Frame) => void>();

listen((lab, event) => {
  sequence += 1;
  const frame: Extract<Frame, { type: "event" }> = { type: "event", sequence, at_ms: Date.now(), event, ...(lab ? { lab } : {}) };
  kept.push(frame);
  if (kept.length > 1000) kept.shift();
  for (const reader of readers) reader(frame);
});

export function serveEvents(socket: WebSocket, query: URLSearchParams): void {
  const send = (frame: Frame) => socket.send(JSON.stringify(frame));
  send({ type: "hello", epoch, sequence });
  const after = query.get("after");
  if (query.has("epoch") && query.get("epoch") !== epoch) send({ type: "reload" });
  else if (after !== null) kept.filter((frame) => frame.sequence > Number(after)).forEach(send);
  readers.add(send);
  socket.on("close", () => readers.delete(send));
}

export function serveConsole(socket: WebSocket, lab: string, node: number, name: string, query: URLSearchParams): void {
  const world = labs.get(lab);
  if (!world?.nodes[node]?.consoles?.includes(name)) {
    socket.send(JSON.stringify({ type: "failed", message: `The node does not run, so it has no console ${name}.` }));
    socket.close();
    return;
  }
  const shell = shellFor(`${lab}/${node}/${name}`, world.lab.nodes[node]?.name ?? "node", name);
  const from = Math.min(Number(query.get("from") ?? 0), shell.kept.length);
  socket.send(JSON.stringify({ type: "replay", offset: from }));
  if (shell.kept.length > from) socket.send(shell.kept.subarray(from));
  const watch = (bytes: Buffer) => socket.send(bytes);
  shell.watchers.add(watch);
  socket.on("message", (data: Buffer, binary) => {
    if (binary) type(shell, data.toString("utf8"));
  });
  socket.on("close", () => shell.watchers.delete(watch));
}
