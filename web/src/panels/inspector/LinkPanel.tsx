// A link: its ends, its layers, and cutting it.
import { cut } from "@/actions/cut";
import { heal } from "@/actions/heal";
import { remove } from "@/actions/remove";
import { runAction } from "@/actions/run";
import { useContextNow } from "@/actions/context";
import { useDrift } from "@/api/drift";
import type { End, LabDetail, Link, LinkStatus } from "@/api/types";
import { endKey, endOwner, endPort } from "@/model/ends";
import { formWords, layersOf, linkForm } from "@/model/linkform";
import { ofLink } from "@/model/drift";
import { capital } from "@/model/state";
import { bytes } from "@/model/words";
import { Button, IconButton } from "@/ui/Button";
import { setSheet } from "@/view/sheet";
import { DriftRows } from "./DriftRows";

export function LinkPanel({ detail, link }: { detail: LabDetail; link: Link }) {
  const context = useContextNow();
  const status = detail.status.links[link.id];
  const form = linkForm(link, status);
  const { data } = useDrift(detail.lab.id);
  const drifts = ofLink(data ?? [], link.id);
  const act = link.state === "cut" ? heal : cut;
  return (
    <>
      <div className="head" style={{ gridTemplateColumns: "minmax(0, 1fr)" }}>
        <div>
          <h2>
            {endOwner(detail.lab, link.a)} to {endOwner(detail.lab, link.b)}
          </h2>
          <span className="st muted">{capital(formWords(form))}</span>
        </div>
      </div>
      <div className="nact">
        <Button icon={act.icon} off={act.off(context)} onClick={() => runAction(act)}>
          {link.state === "cut" ? "Heal" : "Cut"}
        </Button>
        <IconButton icon="trash" iconClass="i14" className="boxed" label="Delete link" off={remove.off(context)} onClick={() => runAction(remove)} />
      </div>
      <div className="tabs" role="tablist">
        <button type="button" role="tab" aria-selected>
          Link
        </button>
      </div>
      <div className="body">
        <div className="layers3">
          {layersOf(status).map((layer) => (
            <span key={layer.name}>
              <i className={`ld ${layer.state}`} />
              {layer.name}
            </span>
          ))}
        </div>
        {drifts.length > 0 ? <DriftRows detail={detail} items={drifts} /> : status?.why && <div className="ban warn">{capital(status.why)}</div>}
        <div className="sect">Ends</div>
        <ul className="rows">
          <EndRow detail={detail} end={link.a} now={status?.a} />
          <EndRow detail={detail} end={link.b} now={status?.b} />
        </ul>
      </div>
    </>
  );
}

function EndRow({ detail, end, now }: { detail: LabDetail; end: End; now: LinkStatus["a"] | undefined }) {
  const [received, sent] = [bytes(now?.rx_bytes ?? 0), bytes(now?.tx_bytes ?? 0)];
  const words = !now?.present ? "Not there" : now.carrier ? "Carrier" : "No carrier";
  return (
    <li>
      <button type="button" className="row" onClick={() => setSheet({ selection: [endKey(end)] })} style={{ gridTemplateColumns: "46px minmax(0, 1fr) auto" }}>
        <code>{endPort(detail.lab, end) || "net"}</code>
        <span>{endOwner(detail.lab, end)}</span>
        <em>{words}</em>
      </button>
      {now?.present && "interface" in end && (
        <p className="num" style={{ paddingLeft: 52 }}>
          in {received.figure} {received.unit}, out {sent.figure} {sent.unit}
        </p>
      )}
    </li>
  );
}
