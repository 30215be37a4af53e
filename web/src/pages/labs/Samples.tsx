import { navigate } from "wouter/use-browser-location";
import { tellIfItFails } from "@/actions/run";
import { act } from "@/api/acts";
import { openSample } from "@/api/labs";
import { useSamples } from "@/api/meta";
import type { Sample } from "@/api/types";
import { count } from "@/model/words";
import { Button } from "@/ui/Button";
import { Thumb } from "./Thumb";

/** Sample labs as cards, one click from running. */
export function Samples() {
  const { data } = useSamples();
  return (
    <div className="three">
      {(data ?? []).map((sample, i) => (
        <SampleCard key={sample.name} sample={sample} first={i === 0} />
      ))}
    </div>
  );
}

function SampleCard({ sample, first }: { sample: Sample; first: boolean }) {
  const open = async () => {
    const { lab } = await openSample(sample.name);
    navigate(`/labs/${lab.id}`);
    await act(lab.id, "start", null);
  };
  return (
    <article className="lab" aria-label={`Sample: ${sample.title}`}>
      <Thumb thumbnail={sample.thumbnail} still />
      <div className="meta">
        <h2>{sample.title}</h2>
        <p>{firstSentences(sample.description)}</p>
        <div className="go">
          <span>{count(sample.node_count, "node")}</span>
          <Button look={first ? "primary" : undefined} icon="start" onClick={() => tellIfItFails(open)}>
            Open and start
          </Button>
        </div>
      </div>
    </article>
  );
}

/** What fits on a card. */
function firstSentences(text: string): string {
  const [first = ""] = text.split(/\n\s*\n/);
  return first.split(/(?<=\.)\s+/).slice(0, 2).join(" ");
}
