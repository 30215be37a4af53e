import type { AuditItem } from "@/api/types";
import { actionWords } from "@/model/people";

/** A lab is named by its id in the log; one that is gone stays an id. */
export function AuditRow({ item, names }: { item: AuditItem; names: ReadonlyMap<string, string> }) {
  const at = new Date(item.at_ms);
  const refused = item.outcome === "refused";
  return (
    <tr title={`Request ${item.request_id}`}>
      <td className="num" title={at.toISOString()}>
        {at.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" })}
      </td>
      <td>{item.user ?? <span className="muted">nobody</span>}</td>
      <td>{actionWords(item.action)}</td>
      <td title={item.subject}>{names.get(item.subject) ?? item.subject}</td>
      <td>
        <span className={refused ? "refused" : "muted"}>{item.outcome}</span>
      </td>
      <td className="mono muted">{item.address}</td>
      <td className="muted">{item.detail}</td>
    </tr>
  );
}
