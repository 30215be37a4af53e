// An image from its registry, with how far it is. Who leaves ends the pull; layers that came stay.
import { useEffect, useRef, useState } from "react";
import { pullImage } from "@/api/images";
import { causeAndCure } from "@/api/errors";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { show } from "@/view/dialogs";
import { notify } from "@/view/toasts";

type State = { is: "asking"; error: string | null } | { is: "pulling"; what: string };

export function PullDialog({ name: offered }: { name: string }) {
  const [name, setName] = useState(offered);
  const [state, setState] = useState<State>({ is: "asking", error: null });
  const work = useRef(new AbortController());
  useEffect(() => () => work.current.abort(), []);
  const pulls = state.is === "pulling";
  const begin = async () => {
    const { signal } = (work.current = new AbortController());
    setState({ is: "pulling", what: "asking the registry" });
    try {
      const loaded = await pullImage(name.trim(), (what) => setState({ is: "pulling", what }), signal);
      notify({ tone: "good", icon: "check", title: "Image pulled", text: loaded });
      show(null);
    } catch (error) {
      const { cause, cure } = causeAndCure(error);
      setState({ is: "asking", error: signal.aborted ? null : [cause, cure].filter(Boolean).join(" ") });
    }
  };
  return (
    <form
      className="dlg"
      aria-labelledby="pull-title"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() && !pulls) void begin();
      }}
    >
      <h2 id="pull-title">Pull an image</h2>
      <Field label="Name" value={name} error={state.is === "asking" ? state.error : null} disabled={pulls} maxLength={255} onChange={(event) => setName(event.target.value)} data-autofocus placeholder="quay.io/frrouting/frr:10.2.1" autoComplete="off" spellCheck={false} />
      {pulls && <PullBar what={state.what} />}
      <div className="end">
        <Button size="lg" onClick={() => (pulls ? work.current.abort() : show(null))}>
          {pulls ? "Stop" : "Cancel"}
        </Button>
        <Button size="lg" look="primary" type="submit" off={pulls ? "It is under way." : name.trim() ? null : "Type the image's name first."}>
          Pull
        </Button>
      </div>
    </form>
  );
}

function PullBar({ what }: { what: string }) {
  const percent = /(\d+) ?%/.exec(what)?.[1];
  return (
    <div className="pulling" aria-live="polite">
      <div className="pbar" role="progressbar" aria-valuenow={percent === undefined ? undefined : Number(percent)} aria-valuemin={0} aria-valuemax={100} aria-label="Pulled">
        <i style={{ width: `${percent ?? 0}%` }} />
      </div>
      <span className="num">{what}. Closing this ends it; what came is kept.</span>
    </div>
  );
}
