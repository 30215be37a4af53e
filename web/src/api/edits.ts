// Edits of a lab, one after the other: each names the revision it was made for, so the next one
// waits until the last has been answered.
import { applyHere } from "@/model/applyhere";
import { body, http } from "./client";
import { ApiProblem } from "./errors";
import { cachedLab } from "./labs";
import { keys, queryClient } from "./queries";
import type { Edit, End, LabDetail, Position } from "./types";

const queues = new Map<string, Promise<unknown>>();

/** Runs `work` after every earlier edit of the lab, with the revision known then. */
function inTurn<T>(lab: string, work: (revision: number) => Promise<T>): Promise<T> {
  const before = queues.get(lab) ?? Promise.resolve();
  const next = before.then(
    () => work(cachedLab(lab)?.lab.revision ?? 0),
    () => work(cachedLab(lab)?.lab.revision ?? 0),
  );
  queues.set(lab, next);
  return next.catch(async (error: unknown) => {
    // Whatever was drawn ahead of the answer is taken back by the server's own word.
    await refetch(lab);
    throw conflictInWords(error);
  });
}

function conflictInWords(error: unknown): unknown {
  if (!(error instanceof ApiProblem) || error.code !== "revision_conflict") return error;
  return new ApiProblem(error.status, {
    code: error.code,
    title: "Somebody else changed the lab at the same moment.",
    detail: "It is shown as it is now. Do your change again.",
    revision: error.revision ?? undefined,
  });
}

const refetch = (lab: string): Promise<void> => queryClient.invalidateQueries({ queryKey: keys.lab(lab) });

const ifMatch = (revision: number) => ({ "If-Match": `"${revision}"` });

/** Draws the edit at once where that is simple, and sends it. */
export function postEdit(lab: string, edit: Edit): Promise<void> {
  drawAhead(lab, edit);
  return inTurn(lab, async (revision) => {
    const params = { path: { lab }, header: ifMatch(revision) };
    await body(http.POST("/api/v1/labs/{lab}/edits", { params, body: { edit } })).then(({ revision: now }) => settled(lab, now));
  });
}

function drawAhead(lab: string, edit: Edit): void {
  queryClient.setQueryData<LabDetail>(keys.lab(lab), (old) => old && { ...old, lab: applyHere(old.lab, edit) });
}

/** The revision is ours at once; what else changed (undo, ids) comes with a fresh copy. */
async function settled(lab: string, revision: number): Promise<void> {
  queryClient.setQueryData<LabDetail>(
    keys.lab(lab),
    (old) => old && { ...old, lab: { ...old.lab, revision: Math.max(old.lab.revision ?? 0, revision) } },
  );
  await refetch(lab);
}

export function undo(lab: string): Promise<void> {
  return inTurn(lab, async () => {
    const { revision } = await body(http.POST("/api/v1/labs/{lab}/undo", { params: { path: { lab } } }));
    await settled(lab, revision);
  });
}

export function redo(lab: string): Promise<void> {
  return inTurn(lab, async () => {
    const { revision } = await body(http.POST("/api/v1/labs/{lab}/redo", { params: { path: { lab } } }));
    await settled(lab, revision);
  });
}

/** A new node of the template; the server gives id and name. */
export function createNode(lab: string, template: string, position: Position): Promise<number> {
  return inTurn(lab, async (revision) => {
    const params = { path: { lab }, header: ifMatch(revision) };
    const made = await body(http.POST("/api/v1/labs/{lab}/nodes", { params, body: { template, position } }));
    await settled(lab, made.revision);
    return made.id;
  });
}

export function createNetwork(lab: string, name: string, position: Position): Promise<number> {
  return inTurn(lab, async (revision) => {
    const params = { path: { lab }, header: ifMatch(revision) };
    const made = await body(http.POST("/api/v1/labs/{lab}/networks", { params, body: { name, position } }));
    await settled(lab, made.revision);
    return made.id;
  });
}

export function createLink(lab: string, a: End, b: End): Promise<number> {
  return inTurn(lab, async (revision) => {
    const params = { path: { lab }, header: ifMatch(revision) };
    const made = await body(http.POST("/api/v1/labs/{lab}/links", { params, body: { a, b } }));
    await settled(lab, made.revision);
    return made.id;
  });
}

/** Cutting and healing needs no revision: it is felt, not drawn. */
export async function setLink(lab: string, link: number, act: "cut" | "heal"): Promise<void> {
  const params = { path: { lab, link } };
  const { revision } = await body(
    act === "cut"
      ? http.POST("/api/v1/labs/{lab}/links/{link}/cut", { params })
      : http.POST("/api/v1/labs/{lab}/links/{link}/heal", { params }),
  );
  await settled(lab, revision);
}
