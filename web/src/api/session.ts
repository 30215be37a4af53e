import { useQuery } from "@tanstack/react-query";
import { body, done, http } from "./client";
import { ApiProblem } from "./errors";
import { keys, queryClient } from "./queries";
import type { Session } from "./types";

/** Who is logged in; null: nobody. */
export function useSession() {
  return useQuery({ queryKey: keys.session, queryFn: fetchSession });
}

async function fetchSession(): Promise<Session | null> {
  try {
    return await body(http.GET("/api/v1/session"));
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}

export async function logIn(username: string, password: string): Promise<void> {
  const session = await body(http.POST("/api/v1/session", { body: { username, password } }));
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
  queryClient.setQueryData(keys.session, session);
}

/** Who is logged in, for handlers of events. */
export function cachedSession(): Session | null | undefined {
  return queryClient.getQueryData<Session | null>(keys.session);
}

/** Whether the log-in stands where something was open: the session ended by itself or elsewhere. */
export function hasEnded(): boolean {
  return queryClient.getQueryData(keys.ended) === true;
}

export async function logOut(): Promise<void> {
  await done(http.DELETE("/api/v1/session"));
  queryClient.setQueryData(keys.session, null);
}
