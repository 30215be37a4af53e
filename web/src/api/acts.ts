// Start, stop, restart, wipe; each answers with a job, which events then follow.
import { useQuery } from "@tanstack/react-query";
import { body, done, http } from "./client";
import { noteJob } from "./cache";
import { keys } from "./queries";
import type { Job, JobAct } from "./types";

/** `nodes` null means the whole lab. */
export async function act(lab: string, what: JobAct, nodes: number[] | null): Promise<Job> {
  const options = { params: { path: { lab } }, body: nodes ? { nodes } : {} };
  const requests = {
    start: () => http.POST("/api/v1/labs/{lab}/start", options),
    stop: () => http.POST("/api/v1/labs/{lab}/stop", options),
    restart: () => http.POST("/api/v1/labs/{lab}/restart", options),
    wipe: () => http.POST("/api/v1/labs/{lab}/wipe", options),
  };
  const job = await body(requests[what]());
  noteJob(job);
  return job;
}

/** Jobs of the last day, newest first. */
export function useJobs() {
  return useQuery({ queryKey: keys.jobs, queryFn: async () => (await body(http.GET("/api/v1/jobs"))).items });
}

export async function cancelJob(id: string): Promise<void> {
  await done(http.DELETE("/api/v1/jobs/{job}", { params: { path: { job: id } } }));
}
