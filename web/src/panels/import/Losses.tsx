import type { LossRow } from "@/api/types";
import { type LossGroup, groupLosses, lossWords } from "@/model/reading";
import { count } from "@/model/words";
import { Icon } from "@/ui/Icon";

/** Each meaning once, with the places in the file. */
export function Losses({ losses }: { losses: LossRow[] }) {
  if (losses.length === 0) {
    return (
      <p className="whole">
        <Icon name="check" /> The lab has everything that the file says.
      </p>
    );
  }
  return (
    <section aria-labelledby="losses-title">
      <h3 id="losses-title">{count(losses.length, "thing")} of the file that the lab will not have</h3>
      <ul className="losses" tabIndex={0} aria-labelledby="losses-title">
        {groupLosses(losses).map((group) => (
          <LossItem key={`${group.consequence}\n${group.cure}`} group={group} />
        ))}
      </ul>
    </section>
  );
}

/** More places than these are folded. */
const SHOWN = 2;

function LossItem({ group: { consequence, cure, rows } }: { group: LossGroup }) {
  const more = rows.length - SHOWN;
  return (
    <li>
      <b>{consequence}</b>
      {cure && <span>{cure}</span>}
      <Places rows={rows.slice(0, SHOWN)} />
      {more > 0 && (
        <details>
          <summary>{count(more, "more place")}</summary>
          <Places rows={rows.slice(SHOWN)} />
        </details>
      )}
    </li>
  );
}

function Places({ rows }: { rows: LossRow[] }) {
  return rows.map((row, n) => (
    <code key={n} className="mono">
      {lossWords(row)}
    </code>
  ));
}
