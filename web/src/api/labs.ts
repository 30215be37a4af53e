// Labs as wholes: list, open, create, import, export, delete.
import { useQuery } from "@tanstack/react-query";
import { sinceNow } from "./cache";
import { body, done, http } from "./client";
import { completeLab } from "./complete";
import { keys, queryClient } from "./queries";
import type { LabSource } from "@/model/reading";
import type { Lab, LabDetail, LabFileRead, LabSummary, WireLabDetail } from "./types";

export function useLabs() {
  return useQuery({ queryKey: keys.labs, queryFn: fetchLabs });
}

async function fetchLabs(): Promise<LabSummary[]> {
  const labs: LabSummary[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await body(http.GET("/api/v1/labs", { params: { query: cursor ? { cursor } : {} } }));
    // The client's own mapping of read-only fields loosens tuples; the wire has pairs.
    labs.push(...(page.items as LabSummary[]));
    cursor = page.next_cursor;
  } while (cursor);
  return labs;
}

export function useLab(id: string) {
  return useQuery({ queryKey: keys.lab(id), queryFn: () => fetchLab(id) });
}

async function fetchLab(lab: string): Promise<LabDetail> {
  const upToDate = sinceNow();
  const detail = await body(http.GET("/api/v1/labs/{lab}", { params: { path: { lab } } }));
  return upToDate(completeLab(detail));
}

/** The lab as it is in the cache now. */
export function cachedLab(id: string): LabDetail | undefined {
  return queryClient.getQueryData<LabDetail>(keys.lab(id));
}

export async function createLab(name: string): Promise<LabDetail> {
  return added(await body(http.POST("/api/v1/labs", { body: { name, description: "" } })));
}

/** The lab as a file or `readLabFile` gave it; another name if one is given. */
export async function importLab(lab: Lab | LabFileRead["lab"], name?: string): Promise<LabDetail> {
  return added(await body(http.POST("/api/v1/labs/import", { body: { lab, ...(name ? { name } : {}) } })));
}

/** What was chosen at an import: values of variables, and which image is used instead of which. */
export interface ReadingChoices {
  variables: Record<string, string>;
  images: Record<string, string>;
}

/** Another tool's file as a lab with its losses; nothing is kept. */
export function readLabFile(source: LabSource, { variables, images }: ReadingChoices): Promise<LabFileRead> {
  const rules = Object.entries(images).map(([from, to]) => `${from}=${to}`);
  return body(http.POST("/api/v1/labs/read", { body: { ...source, variables, images: rules, as_netns: false } }));
}

export async function openSample(name: string): Promise<LabDetail> {
  return added(await body(http.POST("/api/v1/samples/{name}", { params: { path: { name } } })));
}

function added(made: unknown): LabDetail {
  const detail = completeLab(made as WireLabDetail);
  queryClient.setQueryData(keys.lab(detail.lab.id), detail);
  void queryClient.invalidateQueries({ queryKey: keys.labs });
  return detail;
}

export async function deleteLab(lab: string): Promise<void> {
  await done(http.DELETE("/api/v1/labs/{lab}", { params: { path: { lab } } }));
  void queryClient.invalidateQueries({ queryKey: keys.labs });
}

/** Writes the lab's file again, after it was broken or removed by hand. */
export async function restoreLab(lab: string): Promise<void> {
  const detail = await body(http.POST("/api/v1/labs/{lab}/restore", { params: { path: { lab } } }));
  queryClient.setQueryData(keys.lab(lab), completeLab(detail));
}

export const exportUrl = (lab: string): string => `/api/v1/labs/${lab}/export`;
