import type { LabDetail } from "@/api/types";
import { endKey, endOwner, endPort, linkKey, linksAt, networkKey } from "@/model/ends";
import { formWords, linkForm } from "@/model/linkform";
import { capital } from "@/model/state";
import { count } from "@/model/words";
import { Icon } from "@/ui/Icon";
import { Tile } from "@/ui/Tile";
import { setSheet } from "@/view/sheet";

export function NetworkPanel({ detail, id }: { detail: LabDetail; id: number }) {
  const key = networkKey(id);
  const links = linksAt(detail.lab, key);
  return (
    <>
      <div className="head" style={{ paddingBottom: 10 }}>
        <Tile icon="bridge" mark="stopped" />
        <div>
          <h2>{detail.lab.networks[id]?.name}</h2>
          <span className="muted" style={{ fontSize: 11.5 }}>
            Bridge, {count(links.length, "port")}
          </span>
        </div>
      </div>
      <div className="tabs" role="tablist">
        <button type="button" role="tab" aria-selected>
          Network
        </button>
      </div>
      <div className="body">
        <div className="sect">Who is on it</div>
        <ul className="rows">
          {links.map((link) => {
            const far = endKey(link.a) === key ? link.b : link.a;
            const form = linkForm(link, detail.status.links[link.id]);
            return (
              <li key={link.id}>
                <button type="button" className="row" onClick={() => setSheet({ selection: [linkKey(link.id)] })}>
                  <code>{endPort(detail.lab, far)}</code>
                  <Icon name="arrow-right" />
                  <span>{endOwner(detail.lab, far)}</span>
                  <em className={form}>{capital(formWords(form))}</em>
                </button>
              </li>
            );
          })}
        </ul>
        {links.length === 0 && <p className="muted">Nobody yet. Drag from a node’s handle onto the network.</p>}
      </div>
    </>
  );
}
