// A page that has something to say instead of something to show.
import type { ReactNode } from "react";
import { causeAndCure } from "@/api/errors";
import { Button } from "@/ui/Button";

export function PageState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <main className="page-state">
      <div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** Cause, cure, and the button that tries it. */
export function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  const { cause, cure } = causeAndCure(error);
  return (
    <PageState title={cause}>
      {cure && <p>{cure}</p>}
      <Button look="primary" onClick={retry}>
        Try again
      </Button>
    </PageState>
  );
}
