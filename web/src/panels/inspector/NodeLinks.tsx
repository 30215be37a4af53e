import type { LabDetail, Node } from "@/api/types";
import { endOwner, endPort, interfaceIds, linkKey, linkOn } from "@/model/ends";
import { formWords, linkForm } from "@/model/linkform";
import { capital } from "@/model/state";
import { count } from "@/model/words";
import { Icon } from "@/ui/Icon";
import { setSheet } from "@/view/sheet";

/** Every interface with what it connects to; a click chooses the link. */
export function NodeLinks({ detail, id, node }: { detail: LabDetail; id: number; node: Node }) {
  const rows = interfaceIds(node).map((index) => ({ index, on: linkOn(detail.lab, id, index) }));
  const linked = rows.filter((row) => row.on);
  const cut = linked.filter((row) => row.on?.link.state === "cut").length;
  return (
    <>
      <div className="sect">
        <span>Links</span>
        <span>{linked.length === 0 ? "none yet" : `${linked.length}${cut > 0 ? `, ${cut} of them cut` : ""}`}</span>
      </div>
      <ul className="rows">
        {linked.map(({ index, on }) => on && <LinkRow key={index} detail={detail} near={endPort(detail.lab, { interface: { node: id, interface: index } })} {...on} />)}
      </ul>
      {rows.length > linked.length && <p className="muted" style={{ fontSize: 11.5, marginTop: 4 }}>{count(rows.length - linked.length, "free interface")}</p>}
    </>
  );
}

type RowProps = { detail: LabDetail; near: string } & NonNullable<ReturnType<typeof linkOn>>;

function LinkRow({ detail, near, link, far }: RowProps) {
  const form = linkForm(link, detail.status.links[link.id]);
  const words = form === "up" ? endPort(detail.lab, far) : capital(formWords(form));
  return (
    <li>
      <button type="button" className="row" onClick={() => setSheet({ selection: [linkKey(link.id)] })} aria-label={`${near} to ${endOwner(detail.lab, far)}, ${formWords(form)}`}>
        <code>{near}</code>
        <Icon name="arrow-right" />
        <span>{endOwner(detail.lab, far)}</span>
        <em className={form}>{words}</em>
      </button>
    </li>
  );
}
