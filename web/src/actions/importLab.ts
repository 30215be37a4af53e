import { navigate } from "wouter/use-browser-location";
import { ApiProblem } from "@/api/errors";
import { type ReadingChoices, importLab as send, readLabFile } from "@/api/labs";
import type { Lab, LabFileRead } from "@/api/types";
import { type GivenFile, type LabSource, sourceOf, withFiles } from "@/model/reading";
import { type ImportWish, show, useDialogs } from "@/view/dialogs";
import { notify } from "@/view/toasts";
import type { Action } from "./action";
import { type Picked, pickFiles, textsOf } from "./pickFiles";

export const importLab: Action = {
  id: "import-lab",
  name: () => "Import a lab file",
  icon: "import",
  places: [],
  off: () => null,
  perform: async () => importFiles(await pickFiles({ accept: ".json,.yml,.yaml,application/json" })),
};

/** Our own files are brought in at once; of others is shown first what a lab has of them. */
export async function importFiles(picked: Picked[]): Promise<void> {
  if (picked.length === 0) return;
  const given = await textsOf(picked);
  const source = sourceOf(given);
  if (!source) throw wrong("None of these is a lab file.", "Lab files are nova-ve's own (.json) and containerlab's (.clab.yml, .yml, .yaml).");
  if (!isOwn(source.file_name)) {
    const wish = await readWith(source, { variables: {}, images: {} });
    show({ kind: "import", ...wish });
    return;
  }
  for (const { path, text } of given.filter((file) => isOwn(file.path))) await keep(parse(text, path));
}

const isOwn = (path: string): boolean => path.toLowerCase().endsWith(".json");

async function readWith(source: LabSource, choices: ReadingChoices): Promise<ImportWish> {
  try {
    return { source, choices, outcome: { read: await readLabFile(source, choices) } };
  } catch (error) {
    return { source, choices, outcome: { error } };
  }
}

/** From the dialog: what came of it is shown unless that was closed meanwhile. */
export async function readAgain(source: LabSource, choices: ReadingChoices): Promise<void> {
  const wish = await readWith(source, choices);
  if (useDialogs.getState().dialog?.kind === "import") show({ kind: "import", ...wish });
}

/** More files beside the topology, or a whole folder of them. */
export async function addFiles({ source, choices }: ImportWish, folder: boolean): Promise<void> {
  const picked = await pickFiles({ folder });
  if (picked.length > 0) await readAgain(withFiles(source, await textsOf(picked)), choices);
}

/** Brings the lab in and opens it. */
export async function keep(lab: Lab | LabFileRead["lab"], name?: string): Promise<void> {
  const made = await send(lab, name);
  show(null);
  notify({ tone: "good", icon: "check", title: "Lab imported", text: made.lab.name });
  navigate(`/labs/${made.lab.id}`);
}

function parse(text: GivenFile["text"], name: string): Lab {
  try {
    return JSON.parse(text) as Lab;
  } catch (error) {
    throw wrong(`${name} is not JSON.`, error instanceof Error ? error.message : "");
  }
}

const wrong = (title: string, detail: string): ApiProblem => new ApiProblem(0, { code: "bad_file", title, detail });
