// Differences between lab and host, each with its cause and what can be done.
import { adoptDrift, repairDrift } from "@/api/drift";
import { tellIfItFails } from "@/actions/run";
import type { DriftItem, LabDetail } from "@/api/types";
import { adoptWords, keyOf, kindWords, whyOf } from "@/model/drift";
import { lacks } from "@/model/people";
import { Button } from "@/ui/Button";
import { setSheet } from "@/view/sheet";

export function DriftRows({ detail, items }: { detail: LabDetail; items: DriftItem[] }) {
  return (
    <ul className="drifts" aria-label="Differences between lab and host">
      {items.map((item) => (
        <DriftRow key={item.drift.id} detail={detail} item={item} />
      ))}
    </ul>
  );
}

function DriftRow({ detail, item }: { detail: LabDetail; item: DriftItem }) {
  const { lab, my_right, owner } = detail;
  const key = keyOf(lab, item);
  const adopt = adoptWords(item);
  return (
    <li>
      <button type="button" className="why" disabled={!key} onClick={() => key && setSheet({ selection: [key] })}>
        <b>{kindWords(item)}</b> {whyOf(item)}
      </button>
      {!item.can_repair && !adopt && <p className="muted">{item.why_not}</p>}
      <div className="acts">
        {item.can_repair && (
          <Button size="sm" look="primary" icon="repair" off={lacks(my_right, "operate", owner)} onClick={() => tellIfItFails(() => repairDrift(lab.id, [item.drift.id]))}>
            Repair
          </Button>
        )}
        {adopt && (
          <Button size="sm" off={lacks(my_right, "edit", owner)} onClick={() => tellIfItFails(() => adoptDrift(lab.id, item))}>
            {adopt}
          </Button>
        )}
      </div>
    </li>
  );
}
