// What a job waits for: one row a node that is not there yet, in a fixed place.
import { runAction, tellIfItFails } from "@/actions/run";
import { start } from "@/actions/start";
import { cancelJob, useJobs } from "@/api/acts";
import type { Job } from "@/api/types";
import { nodeKey } from "@/model/ends";
import { markOfWord } from "@/model/state";
import { count } from "@/model/words";
import { IconButton } from "@/ui/Button";
import { StateMark } from "@/ui/StateMark";
import { setSheet, useSheet } from "@/view/sheet";
import { currentContext } from "@/actions/context";

/** Failed jobs stay in sight until closed or until another one begins. */
export function Progress({ lab }: { lab: string }) {
  const { data: jobs } = useJobs();
  const hidden = useSheet((s) => s.hiddenJobs);
  const [job] = (jobs ?? []).filter((j) => j.lab === lab);
  if (!job || hidden.includes(job.id) || (job.state.state !== "running" && job.state.state !== "failed")) return null;
  return <JobCard job={job} />;
}

const VERBS = { start: "Starting", stop: "Stopping", restart: "Restarting", wipe: "Wiping" };
const FAILED = { start: "did not start", stop: "did not stop", restart: "did not restart", wipe: "could not be wiped" };

function JobCard({ job }: { job: Job }) {
  const open = job.nodes.filter((node) => !node.done || node.state === "failed");
  const failed = job.nodes.filter((node) => node.state === "failed").length;
  const over = job.state.state !== "running";
  const title = over ? `${count(failed || open.length || job.total, "node")} ${FAILED[job.act]}` : `${VERBS[job.act]} ${count(job.total, "node")}`;
  return (
    <section className="cui prog" aria-live="polite" aria-label={title}>
      <header>
        {title}
        <span className="muted num">{over ? "" : `${job.done} of ${job.total}`}</span>
        <span className="end">
          {!over && <IconButton icon="stop" iconClass="i12" className="sm" label="Cancel" onClick={() => tellIfItFails(() => cancelJob(job.id))} />}
          <IconButton icon="close" iconClass="i12" className="sm" label="Close" onClick={() => setSheet(({ hiddenJobs }) => ({ hiddenJobs: [...hiddenJobs, job.id] }))} />
        </span>
      </header>
      {!over && (
        <div className="pbar" role="progressbar" aria-valuenow={job.done} aria-valuemax={job.total}>
          <i style={{ width: `${(job.done / Math.max(1, job.total)) * 100}%` }} />
        </div>
      )}
      <ul>
        {open.map((node) => (
          <li key={node.node}>
            <StateMark mark={node.state === "running" ? "booting" : markOfWord(node.state)} />
            <span title={node.detail}>
              <b>{node.name}</b> {rowWords(node.state, node.detail)}
            </span>
            {node.state === "failed" && <RetryLink node={node.node} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function rowWords(state: string, detail: string): string {
  if (state === "waiting") return detail ? `waits for ${detail}` : "waits";
  return detail || (state === "running" ? "boots" : state);
}

function RetryLink({ node }: { node: number }) {
  const context = { ...currentContext(), selection: [nodeKey(node)] };
  return (
    <button type="button" className="link" onClick={() => runAction(start, context)}>
      Again
    </button>
  );
}
