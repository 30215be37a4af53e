// How long to wait before the next try: 1, 2, 4, 8, then 15 s.

export function retryDelay_s(attempt: number): number {
  return Math.min(15, 2 ** Math.min(attempt, 10));
}
