// The typed client, and the one place that turns answers into values or ApiProblem.
import createClient from "openapi-fetch";
import { ApiProblem, unreachable } from "./errors";
import { sessionEnded } from "./queries";
import type { paths } from "./schema";

export const http = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; throws ApiProblem for every other. */
export async function body<T>(request: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data } = await answered(request);
  return data as NonNullable<T>;
}

/** For operations that answer 204. */
export async function done<T>(request: Promise<Answer<T>>): Promise<void> {
  await answered(request);
}

/** As `body`, of an operation that takes or gives no JSON; the request goes to `path` below `/api/v1`. */
export async function raw<T>(path: string, init: RequestInit): Promise<T> {
  const request = fetch(`/api/v1${path}`, { credentials: "same-origin", ...init });
  return body(request.then(async (response): Promise<Answer<T>> => {
    const answer: unknown = await response.json().catch(() => null);
    return response.ok ? { data: answer as T, response } : { error: answer, response };
  }));
}

async function answered<T>(request: Promise<Answer<T>>): Promise<Answer<T>> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw unreachable();
  }
  if (answer.response.ok) return answer;
  const { error } = answer;
  // Ended elsewhere, or expired: the log-in comes over whatever was open.
  if (answer.response.status === 401 && !isWrongPassword(error)) sessionEnded();
  throw new ApiProblem(answer.response.status, typeof error === "object" && error !== null ? error : {});
}

/** One's own password, typed again, was not the right one: that ends nothing. */
const isWrongPassword = (error: unknown): boolean => typeof error === "object" && error !== null && "code" in error && error.code === "wrong_password";

/** The URL of a WebSocket below `/api/v1`. */
export function socketUrl(path: string, query: Record<string, string | number | null>): string {
  const url = new URL(`/api/v1${path}`, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  for (const [key, value] of Object.entries(query)) if (value !== null) url.searchParams.set(key, String(value));
  return url.href;
}
