// What concerns the lab as a whole, over the sheet: each with its cause and its cure.
import { restoreLab } from "@/api/labs";
import { useSystem } from "@/api/meta";
import { tellIfItFails } from "@/actions/run";
import type { LabDetail } from "@/api/types";
import { Banner } from "@/ui/Banner";
import { Button } from "@/ui/Button";
import { mayEdit, mayOperate } from "@/model/people";
import { MissingImages } from "./MissingImages";

export function LabBanners({ detail }: { detail: LabDetail }) {
  const { data: system } = useSystem();
  const { file, owner } = detail;
  const canEdit = mayEdit(detail);
  const restore = (
    <Button size="sm" onClick={() => tellIfItFails(() => restoreLab(detail.lab.id))}>
      Write it again
    </Button>
  );
  return (
    <div className="sheet-banner">
      {system && !system.agent_reachable && (
        <Banner tone="bad" icon="offline">
          <b>The agent does not answer.</b> What runs goes on running; nothing can be started or stopped until it is back. Start it with nova-ve up, or see nova-ve doctor.
        </Banner>
      )}
      <MissingImages detail={detail} />
      {file.file === "broken" && (
        <Banner tone="warn" icon="file" action={canEdit && restore}>
          <b>The lab’s file was changed into something that is no lab.</b> The last good one holds. {file.why}
        </Banner>
      )}
      {file.file === "missing" && (
        <Banner tone="warn" icon="file" action={canEdit && restore}>
          <b>The lab’s file was removed.</b> The last good one holds.
        </Banner>
      )}
      {!canEdit && (
        <Banner tone="info" icon="lock">
          <b>{mayOperate(detail) ? "You can operate, not change." : "You can look, not change."}</b> {owner} owns this lab and can give you more.
        </Banner>
      )}
    </div>
  );
}
