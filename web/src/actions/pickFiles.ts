// Files that a person chooses or drops, with their paths below what was dropped.
import { ApiProblem } from "@/api/errors";
import type { GivenFile } from "@/model/reading";

export interface Picked {
  path: string;
  file: File;
}

/** What a request may hold at most. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_FILES = 2000;

/** Folders that containerlab and git write beside a topology, and nobody means to import. */
const isLeftOut = (name: string): boolean => name === ".git" || name.startsWith("clab-");

/** Resolves when files are chosen; never when the person changes their mind in a browser that does not tell. */
export function pickFiles({ accept = "", folder = false }: { accept?: string; folder?: boolean } = {}): Promise<Picked[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.accept = accept;
    input.webkitdirectory = folder;
    input.onchange = () => resolve([...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
    input.oncancel = () => resolve([]);
    input.click();
  });
}

/** Must be called while the event of the drop is handled. */
export function droppedFiles(transfer: DataTransfer): Promise<Picked[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return Promise.all(entries.map((entry) => below(entry, ""))).then((found) => found.flat());
}

async function below(entry: FileSystemEntry, folder: string): Promise<Picked[]> {
  const path = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file }];
  }
  if (isLeftOut(entry.name)) return [];
  const found: Picked[] = [];
  for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) found.push(...(await below(child, `${path}/`)));
  return found;
}

/** A browser gives them a hundred at a time. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Their texts. What is no text is left out: labs hold none of it. */
export async function textsOf(picked: Picked[]): Promise<GivenFile[]> {
  const wanted = picked.filter(({ path }) => !path.split("/").slice(0, -1).some(isLeftOut));
  const bytes = wanted.reduce((sum, { file }) => sum + file.size, 0);
  if (bytes > MOST_BYTES) throw tooMuch(`${wanted.length === 1 ? wanted[0]?.path : "These files"} hold more than 16 MiB.`);
  if (wanted.length > MOST_FILES) throw tooMuch(`These are more than ${MOST_FILES} files.`);
  const texts = await Promise.all(wanted.map(async ({ path, file }) => ({ path, text: await file.text() })));
  return texts.filter(({ text }) => !text.includes("\0"));
}

const tooMuch = (title: string): ApiProblem =>
  new ApiProblem(0, { code: "too_large", title, detail: "Choose the lab's file and what it names; or import it on the command line, with nova-ve lab import." });
