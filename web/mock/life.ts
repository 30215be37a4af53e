// Nodes that start and stop, with the steps and the pauses of real ones.
import { randomUUID } from "node:crypto";
import type { Job, JobAct, NodeState } from "../src/api/types.ts";
import { type World, jobs, setNode, tell } from "./world.ts";

const after = (ms: number, work: () => void) => setTimeout(work, ms);

export function begin(world: World, act: JobAct, chosen: number[] | null): Job {
  const ids = (chosen ?? Object.keys(world.lab.nodes).map(Number)).filter((id) => wants(world, id, act));
  const job: Job = {
    id: randomUUID(),
    lab: world.lab.id,
    act,
    state: { state: "running" },
    nodes: ids.map((id) => ({ node: id, name: world.lab.nodes[id]?.name ?? "", state: "stopped", detail: "", done: false })),
    done: 0,
    total: ids.length,
    started_ms: Date.now(),
    by: "admin",
  };
  jobs.unshift(job);
  note(world, job);
  ids.forEach((id, i) => (act === "start" ? start(world, job, id, i) : stop(world, job, id, act === "restart")));
  if (ids.length === 0) finish(world, job);
  return job;
}

function wants(world: World, id: number, act: JobAct): boolean {
  const word = world.nodes[id]?.state.state ?? "stopped";
  const off = word === "stopped" || word === "failed";
  return act === "wipe" || (act === "start" ? off : !off || word === "failed");
}

function start(world: World, job: Job, id: number, i: number): void {
  const node = world.lab.nodes[id];
  const frr = node?.template === "frr";
  const step = (at: number, state: NodeState, more = {}) => after(at, () => enter(world, job, id, state, more));
  enter(world, job, id, { state: "waiting", for_what: "its namespaces" });
  const from = 500 + i * 350;
  step(from, { state: "starting", step: "makes its file tree" });
  step(from + 500, { state: "starting", step: "plugs its interfaces" });
  if (node?.name === "web-2") {
    step(from + 900, { state: "failed", why: "no program nginx on this host: install it, or take it out of the node's processes" });
    return;
  }
  const processes = (frr ? ["zebra", "staticd", "ospfd"] : []).map((name, n) => ({ name, running: true, pid: 12 + n, restarts: 0, last_end: "" }));
  step(from + 1000, { state: "running", booted: false }, { consoles: frr ? ["vtysh", "shell"] : ["shell"], processes, usage: { cpu_percent: 6, rss_bytes: 24e6 } });
  step(from + 1800, { state: "running", booted: true }, { usage: { cpu_percent: 2, rss_bytes: 31e6 } });
}

function stop(world: World, job: Job, id: number, again: boolean): void {
  enter(world, job, id, { state: "stopping" });
  after(700, () => {
    setNode(world, id, { state: { state: "stopped" }, consoles: [], processes: [], usage: { cpu_percent: 0, rss_bytes: 0 } });
    if (again) start(world, job, id, 0);
    else enter(world, job, id, { state: "stopped" });
  });
}

function enter(world: World, job: Job, id: number, state: NodeState, more = {}): void {
  setNode(world, id, { state, ...more });
  const row = job.nodes.find((node) => node.node === id);
  if (!row) return;
  row.state = state.state;
  row.detail = "step" in state ? state.step : "for_what" in state ? state.for_what : "why" in state ? state.why : "";
  row.done = state.state === "stopped" || state.state === "failed" || (state.state === "running" && state.booted);
  job.done = job.nodes.filter((node) => node.done).length;
  if (job.done === job.total) finish(world, job);
  else note(world, job);
}

function finish(world: World, job: Job): void {
  const failed = job.nodes.filter((node) => node.state === "failed");
  job.state = failed.length > 0 ? { state: "failed", why: failed.map((node) => `${node.name}: ${node.detail}`).join("\n") } : { state: "succeeded" };
  job.ended_ms = Date.now();
  note(world, job);
}

const note = (world: World, job: Job) => tell(world.lab.id, { event: "job", job: structuredClone(job) });
