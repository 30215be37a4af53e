// What events do to the cache.
import { notifyManager } from "@tanstack/react-query";
import { keys, queryClient } from "./queries";
import type { Envelope, Job, LabDetail, LabEvent, LabRight, LabStatus, LabSummary, System } from "./types";

/** Applies events in their order; whoever shows what they change is told once. */
export function applyEvents(envelopes: Envelope[]): void {
  notifyManager.batch(() => envelopes.forEach(applyEvent));
}

/** Applies one event; events of labs that are not in the cache change nothing there. */
function applyEvent(envelope: Envelope): void {
  const { lab, event } = envelope;
  switch (event.event) {
    case "node_status":
      if (lab) {
        setStatus(lab, envelope);
        noteState(lab, event.node, event.status.state.state);
      }
      return;
    case "link_status":
      if (lab) setStatus(lab, envelope);
      return;
    case "lab_status":
      if (lab) setStatus(lab, envelope);
      void queryClient.invalidateQueries({ queryKey: keys.labs });
      return;
    case "lab_edited":
    case "lab_replaced":
      if (lab) staleBelow(lab, event.revision);
      // What adopting a difference would be depends on the lab.
      if (lab) void queryClient.invalidateQueries({ queryKey: keys.drift(lab) });
      void queryClient.invalidateQueries({ queryKey: keys.labs });
      return;
    case "lab_file":
      if (lab) queryClient.setQueryData<LabDetail>(keys.lab(lab), (old) => old && { ...old, file: event.file });
      return;
    case "lab_created":
      void queryClient.invalidateQueries({ queryKey: keys.labs });
      return;
    case "lab_removed":
      if (lab) void queryClient.invalidateQueries({ queryKey: keys.lab(lab) });
      void queryClient.invalidateQueries({ queryKey: keys.labs });
      return;
    case "my_right":
      if (lab) setRight(lab, event.right ?? null);
      return;
    case "discovered_link":
    case "lost_link":
    case "moved_link":
      if (lab) void queryClient.invalidateQueries({ queryKey: keys.drift(lab) });
      return;
    case "job":
      noteJob(event.job);
      return;
    case "agent":
      queryClient.setQueryData<System>(keys.system, (old) => old && { ...old, agent_reachable: event.reachable });
      // Another agent may have come: of another version, with other kinds.
      void queryClient.invalidateQueries({ queryKey: keys.system });
      return;
    case "notice":
      return;
  }
}

/** What one may do is drawn at once; what else comes with it is fetched. */
function setRight(lab: string, right: LabRight | null): void {
  if (right) queryClient.setQueryData<LabDetail>(keys.lab(lab), (old) => old && { ...old, my_right: right });
  void queryClient.invalidateQueries({ queryKey: keys.lab(lab) });
  void queryClient.invalidateQueries({ queryKey: keys.labs });
}

/** Fetches anew whatever is shown. */
export function reloadAll(): void {
  void queryClient.invalidateQueries();
}

export function noteJob(job: Job): void {
  queryClient.setQueryData<Job[]>(keys.jobs, (old = []) => [job, ...old.filter((other) => other.id !== job.id)]);
}

/** Status events of late. An answer that was under way while they came gets them applied again. */
const recent: Envelope[] = [];
const KEPT = 512;
let taken = 0;

function setStatus(lab: string, envelope: Envelope): void {
  recent.push(envelope);
  taken += 1;
  if (recent.length > KEPT) recent.shift();
  queryClient.setQueryData<LabDetail>(keys.lab(lab), (old) => old && { ...old, status: withEvent(old.status, envelope.event) });
}

/** Remembers this moment; the returned function brings a later answer up to date. */
export function sinceNow(): (detail: LabDetail) => LabDetail {
  const from = taken;
  return (detail) => {
    const missed = recent.slice(Math.max(0, recent.length - (taken - from))).filter((e) => e.lab === detail.lab.id);
    return { ...detail, status: missed.reduce((status, e) => withEvent(status, e.event), detail.status) };
  };
}

function withEvent(old: LabStatus, event: LabEvent): LabStatus {
  if (event.event === "node_status") return { ...old, nodes: { ...old.nodes, [event.node]: event.status } };
  if (event.event === "link_status") return { ...old, links: { ...old.links, [event.link]: event.status } };
  return event.event === "lab_status" ? event.status : old;
}

function staleBelow(lab: string, revision: number): void {
  const known = queryClient.getQueryData<LabDetail>(keys.lab(lab));
  if (known && (known.lab.revision ?? 0) < revision) void queryClient.invalidateQueries({ queryKey: keys.lab(lab) });
}

/** Keeps the picture and the counts of the lab's card true. */
function noteState(lab: string, node: number, state: string): void {
  queryClient.setQueryData<LabSummary[]>(keys.labs, (old) => old?.map((card) => (card.id === lab ? withState(card, node, state) : card)));
}

function withState(card: LabSummary, node: number, state: string): LabSummary {
  const before = card.thumbnail.nodes[node];
  if (!before || before.state === state) return card;
  const nodes = { ...card.thumbnail.nodes, [node]: { ...before, state } };
  const states = Object.values<{ state: string }>(nodes).map((n) => n.state);
  return {
    ...card,
    thumbnail: { ...card.thumbnail, nodes },
    running_count: states.filter((s) => s === "running" || s === "degraded").length,
    failed_count: states.filter((s) => s === "failed").length,
  };
}
