import { useEffect, useState } from "react";
import { importFiles } from "@/actions/importLab";
import { tellIfItFails } from "@/actions/run";
import { useLabs } from "@/api/labs";
import type { Session } from "@/api/types";
import { useNow } from "@/view/clock";
import { PageError } from "../PageState";
import { EmptyLabs } from "./EmptyLabs";
import { HostNotice } from "./HostNotice";
import { LabsBar } from "./LabsBar";
import { LabsList } from "./LabsList";
import { Nav } from "./Nav";
import { Samples } from "./Samples";
import type { Filter } from "./filter";
import { useFileDrop } from "./useFileDrop";

export function LabsPage({ session }: { session: Session }) {
  const { data: labs, error, refetch } = useLabs();
  const [filter, setFilter] = useState<Filter>("all");
  const now_ms = useNow(30_000);
  const drop = useFileDrop((files) => tellIfItFails(async () => importFiles(await files)));
  useEffect(() => {
    document.title = "Labs · nova-ve";
  }, []);
  const me = session.user.username;
  return (
    <div className={`labs ${drop.over ? "dropping" : ""}`} {...drop.handlers}>
      <LabsBar session={session} />
      <Nav labs={labs ?? []} me={me} filter={filter} onFilter={setFilter} />
      <main className="labs-main">
        <HostNotice />
        {error && !labs ? (
          <PageError error={error} retry={() => void refetch()} />
        ) : !labs ? (
          <p className="muted">Looking for your labs</p>
        ) : filter === "samples" ? (
          <>
            <div className="title">
              <h1>Sample labs</h1>
              <span className="muted">each opens as a lab of your own</span>
            </div>
            <Samples />
          </>
        ) : labs.length === 0 ? (
          <EmptyLabs />
        ) : (
          <LabsList labs={labs} filter={filter} me={me} now_ms={now_ms} />
        )}
      </main>
    </div>
  );
}
