import { Link } from "wouter";
import { tellIfItFails } from "@/actions/run";
import { act } from "@/api/acts";
import type { LabSummary } from "@/api/types";
import { lacks, rightNote } from "@/model/people";
import type { Mark } from "@/model/state";
import { ago, count } from "@/model/words";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { StateMark } from "@/ui/StateMark";
import { CardMenu } from "./CardMenu";
import { Thumb } from "./Thumb";

export function LabCard({ lab, now_ms }: { lab: LabSummary; now_ms: number }) {
  const { mark, words } = summary(lab);
  const on = lab.running_count > 0;
  const note = rightNote(lab.my_right);
  return (
    <article className="lab" aria-label={`${lab.name}, ${words}`}>
      <Thumb thumbnail={lab.thumbnail} />
      <div className="over">
        {lab.node_count > 0 && (
          <Button icon={on ? "stop" : "start"} iconClass={on ? "" : "go"} off={lacks(lab.my_right, "operate", lab.owner)} onClick={() => tellIfItFails(() => act(lab.id, on ? "stop" : "start", null))}>
            {on ? "Stop" : "Start"}
          </Button>
        )}
        <CardMenu lab={lab} />
      </div>
      <div className="meta">
        <h2 title={lab.description || undefined}>
          <Link href={`/labs/${lab.id}`}>{lab.name}</Link>
        </h2>
        <div className="l2">
          <span className={`st st-${mark}`}>
            <StateMark mark={mark} />
            <span className="num">{words}</span>
          </span>
          <span className="when">{ago(lab.changed_ms, now_ms)}</span>
          {note && (
            <span className="chip" title={`${lab.owner} owns this lab`}>
              {note}
            </span>
          )}
          <Avatar name={lab.owner} />
        </div>
      </div>
    </article>
  );
}

/** The worst first: a broken file, a failed node, then how many run. */
function summary(lab: LabSummary): { mark: Mark; words: string } {
  if (lab.file.file === "broken") return { mark: "failed", words: "File is broken" };
  if (lab.file.file === "missing") return { mark: "degraded", words: "File is missing" };
  const states = Object.values<{ state: string }>(lab.thumbnail.nodes).map((node) => node.state);
  const figures = `${lab.running_count} of ${lab.node_count}`;
  if (lab.failed_count > 0) return { mark: "failed", words: `${figures}, ${lab.failed_count} failed` };
  if (states.includes("degraded")) return { mark: "degraded", words: figures };
  if (states.includes("starting") || states.includes("waiting")) return { mark: "booting", words: figures };
  if (lab.running_count > 0) return { mark: "running", words: figures };
  return { mark: "stopped", words: lab.node_count > 0 ? count(lab.node_count, "node") : "Empty" };
}
