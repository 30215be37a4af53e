// What can go wrong with a request, as one type.
import type { ApiErrorBody, Problem } from "./types";

export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;
  /** What to do about it. */
  readonly cure: string;
  readonly problems: Problem[];
  readonly revision: number | null;

  constructor(status: number, body: Partial<ApiErrorBody>) {
    super(body.title ?? `The server answered with ${status}.`);
    this.name = "ApiProblem";
    this.status = status;
    this.code = body.code ?? "unknown";
    this.cure = body.detail ?? "";
    this.problems = body.problems ?? [];
    this.revision = body.revision ?? null;
  }
}

/** No answer at all. */
export function unreachable(): ApiProblem {
  return new ApiProblem(0, {
    code: "unreachable",
    title: "The server does not answer.",
    detail: "The labs keep running. Check the network, or start nova-ve again with nova-ve up.",
  });
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError) return unreachable();
  return new ApiProblem(0, { code: "unknown", title: error instanceof Error ? error.message : String(error) });
}

/** Cause and cure as two texts: what is wrong, then all the server said beyond it. */
export function causeAndCure(error: unknown): { cause: string; cure: string } {
  const problem = asProblem(error);
  const lines = [problem.cure, ...problem.problems.map((p) => p.message)].filter(Boolean);
  return { cause: problem.message, cure: lines.join("\n") };
}
