// Where the lab and its host differ. Events say that it changed; the list says what, and what can be done.
import { useQuery } from "@tanstack/react-query";
import { body, http } from "./client";
import { postEdit } from "./edits";
import { keys, queryClient } from "./queries";
import type { DriftItem } from "./types";

export function useDrift(lab: string) {
  return useQuery({ queryKey: keys.drift(lab), queryFn: () => fetchDrift(lab) });
}

async function fetchDrift(lab: string): Promise<DriftItem[]> {
  return (await body(http.GET("/api/v1/labs/{lab}/drift", { params: { path: { lab } } }))).items;
}

/** What is known of it now, for handlers. */
export const cachedDrift = (lab: string): DriftItem[] => queryClient.getQueryData<DriftItem[]>(keys.drift(lab)) ?? [];

/** Asks the host to plumb what is declared; events tell when it is done. */
export async function repairDrift(lab: string, only: string[] | null): Promise<void> {
  await body(http.POST("/api/v1/labs/{lab}/drift/repair", { params: { path: { lab } }, body: only ? { only } : {} }));
}

/** Takes over into the lab what is there. */
export async function adoptDrift(lab: string, { adopt }: DriftItem): Promise<void> {
  if (adopt) await postEdit(lab, adopt);
}
