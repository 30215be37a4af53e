// Another tool's lab file before it is saved: what the lab will have, what it will not, what can be chosen.
import { useState } from "react";
import { addFiles, keep, readAgain } from "@/actions/importLab";
import { tellIfItFails } from "@/actions/run";
import { asProblem } from "@/api/errors";
import { unsetVariables, variablesIn } from "@/model/reading";
import { count } from "@/model/words";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { type ImportWish, show } from "@/view/dialogs";
import { Choices } from "./Choices";
import { Losses } from "./Losses";
import { Refusal } from "./Refusal";

export function ImportDialog(wish: ImportWish) {
  const { source, choices, outcome } = wish;
  const [busy, setBusy] = useState(false);
  const [name, setName] = useState<string | null>(null);
  const [typed, setTyped] = useState(false);
  const work = (what: () => Promise<void>) => {
    setBusy(true);
    tellIfItFails(() => what().finally(() => setBusy(false)));
  };
  const files = Object.keys(source.files).length;
  const read = "read" in outcome ? outcome.read : null;
  const off = busy ? "It is being read." : null;
  return (
    <div className="dlg import" aria-busy={busy}>
      <h2>Import {source.file_name}</h2>
      {read ? (
        <>
          <p>
            {count(Object.keys(read.lab.nodes ?? {}).length, "node")}, {count((read.lab.links ?? []).length, "link")}, {count(Object.keys(read.lab.networks ?? {}).length, "network")}
            {files > 0 && `; ${count(files, "file")} beside it`}. Nothing is saved yet.
          </p>
          <Field label="Name of the lab" value={name ?? read.lab.name} maxLength={120} onChange={(event) => setName(event.target.value)} data-autofocus />
        </>
      ) : (
        "error" in outcome && <Refusal error={outcome.error} />
      )}
      <Choices images={read?.images ?? []} unset={unsetIn(outcome)} choices={choices} onType={() => setTyped(true)} onChoose={(chosen) => work(() => readAgain(source, chosen).then(() => setTyped(false)))} />
      {read && <Losses losses={read.losses} />}
      <div className="end">
        <Button size="lg" icon="file" off={off} onClick={() => work(() => addFiles(wish, false))}>
          Add files
        </Button>
        <Button size="lg" icon="folder" off={off} onClick={() => work(() => addFiles(wish, true))}>
          Add a folder
        </Button>
        <span className="gap" />
        <Button size="lg" onClick={() => show(null)}>
          {read ? "Cancel" : "Close"}
        </Button>
        {read && (
          <Button size="lg" look="primary" off={off ?? (typed ? "Read it with what you typed first." : (name ?? read.lab.name).trim() ? null : "Type a name first.")} onClick={() => work(() => keep(read.lab, name?.trim() || undefined))}>
            Import
          </Button>
        )}
      </div>
    </div>
  );
}

function unsetIn(outcome: ImportWish["outcome"]): string[] {
  if ("read" in outcome) return unsetVariables(outcome.read.losses);
  return variablesIn(asProblem(outcome.error).problems.map((problem) => problem.message));
}
