// Users, for administrators.
import { useQuery } from "@tanstack/react-query";
import { body, done, http } from "./client";
import { keys, queryClient } from "./queries";
import type { Role, UserDetail } from "./types";

export function useUsers() {
  return useQuery({ queryKey: keys.users, queryFn: fetchUsers, staleTime: 0 });
}

async function fetchUsers(): Promise<UserDetail[]> {
  const users: UserDetail[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await body(http.GET("/api/v1/users", { params: { query: cursor ? { cursor } : {} } }));
    users.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return users;
}

async function changed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    void queryClient.invalidateQueries({ queryKey: keys.users });
  }
}

export const createUser = (username: string, password: string, role: Role) =>
  changed(body(http.POST("/api/v1/users", { body: { username, password, role } })));

const named = (user: string) => ({ params: { path: { user } } });

export const setRole = (user: string, role: Role) => changed(done(http.PUT("/api/v1/users/{user}/role", { ...named(user), body: { role } })));

/** Another's password; one's own is in account.ts. */
export const setPassword = (user: string, password: string) => done(http.PUT("/api/v1/users/{user}/password", { ...named(user), body: { password } }));

export const removeUser = (user: string, labs_to: string) =>
  changed(done(http.DELETE("/api/v1/users/{user}", { params: { path: { user }, query: { labs_to } } })));

export const endSessionsOf = (user: string) => done(http.DELETE("/api/v1/users/{user}/sessions", named(user)));
