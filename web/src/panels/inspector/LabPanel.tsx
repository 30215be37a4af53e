import type { LabDetail } from "@/api/types";
import { count } from "@/model/words";
import { Markdown } from "@/ui/Markdown";
import { DriftSection } from "./DriftSection";

/** Nothing is chosen: the lab itself. */
export function LabPanel({ detail }: { detail: LabDetail }) {
  const { lab, owner, status } = detail;
  const links = lab.links.filter((link) => link.state === "cut").length;
  return (
    <>
      <div className="head" style={{ gridTemplateColumns: "minmax(0, 1fr)", paddingBottom: 10 }}>
        <div>
          <h2>{lab.name}</h2>
          <span className="muted" style={{ fontSize: 11.5 }}>
            {count(Object.keys(lab.nodes).length, "node")}, {count(lab.links.length, "link")}
            {links > 0 ? `, ${links} cut` : ""}
          </span>
        </div>
      </div>
      <div className="tabs" role="tablist">
        <button type="button" role="tab" aria-selected>
          Lab
        </button>
      </div>
      <div className="body">
        {lab.description && (
          <div className="about">
            <Markdown text={lab.description} />
          </div>
        )}
        <dl className="kv">
          <dt>Owner</dt>
          <dd>{owner}</dd>
          <dt>Revision</dt>
          <dd className="num">{lab.revision}</dd>
        </dl>
        <DriftSection detail={detail} />
        {(status.problems ?? []).map((problem) => (
          <div key={problem} className="ban warn">
            {problem}
          </div>
        ))}
        <p className="muted" style={{ fontSize: "var(--fs-sm)", lineHeight: 1.55 }}>
          Choose a node or a link to see more of it. Double click a running node for its console.
        </p>
      </div>
    </>
  );
}
