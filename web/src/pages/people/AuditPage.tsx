// Who did what, and what was refused. For administrators.
import { useState } from "react";
import { useAudit } from "@/api/audit";
import { useLabs } from "@/api/labs";
import { actionOf } from "@/model/people";
import { count } from "@/model/words";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Select } from "@/ui/Select";
import { PageError } from "../PageState";
import { AuditRow } from "./AuditRow";

const SINCE = [
  { value: "", name: "At any time" },
  { value: "3600000", name: "Last hour" },
  { value: "86400000", name: "Last day" },
  { value: "604800000", name: "Last 7 days" },
];

export function AuditPage() {
  const [user, setUser] = useState("");
  const [action, setAction] = useState("");
  const [since, setSince] = useState({ value: "", at_ms: null as number | null });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching } = useAudit({ user: user.trim(), action: actionOf(action), since_ms: since.at_ms });
  const { data: labs } = useLabs();
  const names = new Map(labs?.map((lab) => [lab.id, lab.name]));
  const items = data?.pages.flatMap((page) => page.items);
  return (
    <>
      <div className="title">
        <h1>Audit log</h1>
        <span className="muted">{items ? `${count(items.length, "row")}${hasNextPage ? " of more" : ""}` : "Looking"}</span>
        <div className="end filters">
          <Find label="User" value={user} onChange={setUser} />
          <Find label="Action" value={action} onChange={setAction} />
          <Select quiet label="Since" options={SINCE} value={since.value} onChange={(value) => setSince({ value, at_ms: value ? Date.now() - Number(value) : null })} />
          <Button icon="restart" onClick={() => void refetch()}>
            Look again
          </Button>
        </div>
      </div>
      {error && !data ? (
        <PageError error={error} retry={() => void refetch()} />
      ) : (
        <table className="rowsheet audit">
          <thead>
            <tr>
              {["When", "Who", "What", "On", "Outcome", "From", "Detail"].map((name) => (
                <th key={name}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items?.map((item) => (
              <AuditRow key={item.id} item={item} names={names} />
            ))}
          </tbody>
        </table>
      )}
      {items?.length === 0 && !isFetching && <p className="muted">Nothing of that kind was done.</p>}
      {hasNextPage && <Button onClick={() => void fetchNextPage()}>Older ones</Button>}
    </>
  );
}

function Find({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label className="field">
      <Icon name="search" className="i14" />
      <input placeholder={label} aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} spellCheck={false} autoCapitalize="off" />
    </label>
  );
}
