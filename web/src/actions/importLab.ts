import { navigate } from "wouter/use-browser-location";
import { ApiProblem } from "@/api/errors";
import { importLab as send } from "@/api/labs";
import type { Lab } from "@/api/types";
import { notify } from "@/view/toasts";
import type { Action } from "./action";
import { tellIfItFails } from "./run";

export const importLab: Action = {
  id: "import-lab",
  name: () => "Import a lab file",
  icon: "import",
  places: [],
  off: () => null,
  perform: chooseFile,
};

/** What the server takes at most. */
const MOST_BYTES = 16 * 1024 * 1024;

function chooseFile(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".json,application/json";
  input.onchange = () => {
    const [file] = input.files ?? [];
    if (file) tellIfItFails(() => importFile(file));
  };
  input.click();
}

/** Brings the file in and opens the lab. */
export async function importFile(file: File): Promise<void> {
  if (file.size > MOST_BYTES) throw wrong(`${file.name} is larger than 16 MB.`, "Lab files are small. Import it on the command line if it really is one.");
  const { lab } = await send(parse(await file.text(), file.name));
  notify({ tone: "good", icon: "check", title: "Lab imported", text: lab.name });
  navigate(`/labs/${lab.id}`);
}

function parse(text: string, name: string): Lab {
  try {
    return JSON.parse(text) as Lab;
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw wrong(`${name} is not JSON.`, `Only nova-ve's own lab files can be dropped here yet; for containerlab files use nova-ve lab import. ${why}`);
  }
}

const wrong = (title: string, detail: string): ApiProblem => new ApiProblem(0, { code: "bad_file", title, detail });
