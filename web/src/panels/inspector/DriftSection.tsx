// All differences between the lab and its host, for the lab's own panel.
import { repairDrift, useDrift } from "@/api/drift";
import { causeAndCure } from "@/api/errors";
import { tellIfItFails } from "@/actions/run";
import type { LabDetail } from "@/api/types";
import { lacks } from "@/model/people";
import { Button } from "@/ui/Button";
import { DriftRows } from "./DriftRows";

export function DriftSection({ detail }: { detail: LabDetail }) {
  const { lab, my_right, owner } = detail;
  const { data, error, refetch } = useDrift(lab.id);
  const mendable = (data ?? []).filter((item) => item.can_repair);
  return (
    <section aria-label="Host">
      <div className="sect">
        Host
        {mendable.length > 1 && (
          <Button size="sm" icon="repair" off={lacks(my_right, "operate", owner)} onClick={() => tellIfItFails(() => repairDrift(lab.id, null))}>
            Repair all
          </Button>
        )}
      </div>
      {error && (
        <div className="ban warn" role="alert">
          <span>{causeAndCure(error).cause} Whether the host is as declared is not known.</span>
          <Button size="sm" onClick={() => void refetch()}>
            Try again
          </Button>
        </div>
      )}
      {data?.length === 0 && <p className="muted">The host is as the lab declares. What somebody changes there by hand is shown here.</p>}
      {data && data.length > 0 && <DriftRows detail={detail} items={data} />}
    </section>
  );
}
