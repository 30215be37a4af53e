// Who did what, newest first, page by page. For administrators.
import { useInfiniteQuery } from "@tanstack/react-query";
import { body, http } from "./client";
import { keys } from "./queries";

export interface AuditFilter {
  user: string;
  action: string;
  since_ms: number | null;
}

export function useAudit(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.audit, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => fetchPage(filter, pageParam),
    getNextPageParam: (page) => page.next_cursor ?? null,
    staleTime: 0,
  });
}

const fetchPage = ({ user, action, since_ms }: AuditFilter, cursor: string | null) => {
  const query = {
    limit: 50,
    ...(user ? { user } : {}),
    ...(action ? { action } : {}),
    ...(since_ms === null ? {} : { since_ms }),
    ...(cursor ? { cursor } : {}),
  };
  return body(http.GET("/api/v1/audit", { params: { query } }));
};
