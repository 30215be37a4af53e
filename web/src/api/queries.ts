// The query client and the keys of its cache.
import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./errors";

export const keys = {
  session: ["session"] as const,
  labs: ["labs"] as const,
  lab: (id: string) => ["lab", id] as const,
  templates: ["templates"] as const,
  samples: ["samples"] as const,
  system: ["system"] as const,
  jobs: ["jobs"] as const,
  users: ["users"] as const,
  sessions: ["sessions"] as const,
  tokens: ["tokens"] as const,
  drift: (lab: string) => ["drift", lab] as const,
  shares: (lab: string) => ["shares", lab] as const,
  images: ["images"] as const,
  labImages: (lab: string) => ["images", "of", lab] as const,
  audit: ["audit"] as const,
  ended: ["ended"] as const,
};

export const queryClient: QueryClient = new QueryClient({
  // Events keep the cache true, so that nothing is asked twice without a reason.
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      retry: (failures, error) => error instanceof ApiProblem && error.code === "unreachable" && failures < 2,
    },
  },
});

/** Shows the login page over whatever was open; the address stays. */
export function sessionEnded(): void {
  if (queryClient.getQueryData(keys.session)) queryClient.setQueryData(keys.ended, true);
  queryClient.setQueryData(keys.session, null);
}
