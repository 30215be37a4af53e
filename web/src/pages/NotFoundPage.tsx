import { Link } from "wouter";
import { PageState } from "./PageState";

export function NotFoundPage({ what = "page" }: { what?: "page" | "lab" }) {
  return (
    <PageState title={what === "lab" ? "No such lab" : "Nothing here"}>
      <p>{what === "lab" ? "It was deleted, or it is not shared with you." : "The address leads nowhere in nova-ve."}</p>
      <Link className="btn primary" href="/">
        All labs
      </Link>
    </PageState>
  );
}
