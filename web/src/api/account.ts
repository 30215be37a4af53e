// One's own ways in: password, sessions, tokens.
import { useQuery } from "@tanstack/react-query";
import { body, done, http } from "./client";
import { keys, queryClient } from "./queries";
import { logIn } from "./session";
import type { CreatedToken } from "./types";

/** Ends every session, this one too; a new one is begun with the new password. */
export async function changePassword(user: string, current_password: string, password: string): Promise<void> {
  await done(http.PUT("/api/v1/users/{user}/password", { params: { path: { user } }, body: { password, current_password } }));
  await logIn(user, password);
}

export function useSessions() {
  return useQuery({ queryKey: keys.sessions, queryFn: async () => (await body(http.GET("/api/v1/sessions"))).items, staleTime: 0 });
}

export async function endSession(session: string): Promise<void> {
  await done(http.DELETE("/api/v1/sessions/{session}", { params: { path: { session } } }));
  await queryClient.invalidateQueries({ queryKey: keys.sessions });
}

export function useTokens() {
  return useQuery({ queryKey: keys.tokens, queryFn: async () => (await body(http.GET("/api/v1/tokens"))).items, staleTime: 0 });
}

export async function createToken(name: string, expires_in_days: number): Promise<CreatedToken> {
  const made = await body(http.POST("/api/v1/tokens", { body: { name, expires_in_days } }));
  void queryClient.invalidateQueries({ queryKey: keys.tokens });
  return made;
}

export async function endToken(token: string): Promise<void> {
  await done(http.DELETE("/api/v1/tokens/{token}", { params: { path: { token } } }));
  await queryClient.invalidateQueries({ queryKey: keys.tokens });
}
