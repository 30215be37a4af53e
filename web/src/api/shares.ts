// Who else may do what in a lab.
import { useQuery } from "@tanstack/react-query";
import { body, done, http } from "./client";
import { keys, queryClient } from "./queries";
import type { Right } from "./types";

export function useShares(lab: string) {
  return useQuery({
    queryKey: keys.shares(lab),
    queryFn: async () => (await body(http.GET("/api/v1/labs/{lab}/shares", { params: { path: { lab } } }))).items,
    staleTime: 0,
  });
}

export async function setShare(lab: string, user: string, right: Right): Promise<void> {
  await body(http.PUT("/api/v1/labs/{lab}/shares/{user}", { params: { path: { lab, user } }, body: { right } }));
  await queryClient.invalidateQueries({ queryKey: keys.shares(lab) });
}

export async function removeShare(lab: string, user: string): Promise<void> {
  await done(http.DELETE("/api/v1/labs/{lab}/shares/{user}", { params: { path: { lab, user } } }));
  void queryClient.invalidateQueries({ queryKey: keys.labs });
  await queryClient.invalidateQueries({ queryKey: keys.shares(lab) });
}
