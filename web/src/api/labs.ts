// Labs as wholes: list, open, create, import, export, delete.
import { useQuery } from "@tanstack/react-query";
import { sinceNow } from "./cache";
import { body, done, http } from "./client";
import { completeLab } from "./complete";
import { keys, queryClient } from "./queries";
import type { Lab, LabDetail, LabSummary, WireLabDetail } from "./types";

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

export async function importLab(lab: Lab): Promise<LabDetail> {
  return added(await body(http.POST("/api/v1/labs/import", { body: { lab } })));
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
