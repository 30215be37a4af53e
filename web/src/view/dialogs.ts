// Dialogs, asked for by actions and drawn by panels/Dialogs.tsx. One at a time.
import { create } from "zustand";
import type { ReadingChoices } from "@/api/labs";
import type { LabFileRead } from "@/api/types";
import type { LabSource } from "@/model/reading";

export interface Question {
  kind: "question";
  title: string;
  text: string;
  yes: string;
  no: string;
  danger: boolean;
  answer: (yes: boolean) => void;
}

export interface NamePrompt {
  kind: "name";
  title: string;
  label: string;
  value: string;
  yes: string;
  answer: (name: string | null) => void;
}

/** With whom a lab is shared. */
export interface ShareWish {
  lab: string;
  name: string;
  owner: string;
}

/** Another tool's file, read but not kept: how the lab would be, or why it is none. */
export interface ImportWish {
  source: LabSource;
  choices: ReadingChoices;
  outcome: { read: LabFileRead } | { error: unknown };
}

export type Dialog =
  | Question
  | NamePrompt
  | { kind: "commands" }
  | { kind: "shortcuts" }
  | ({ kind: "share" } & ShareWish)
  | ({ kind: "import" } & ImportWish)
  | { kind: "pull"; name: string };

interface DialogState {
  dialog: Dialog | null;
}

export const useDialogs = create<DialogState>(() => ({ dialog: null }));

export function show(dialog: Dialog | null): void {
  useDialogs.setState({ dialog });
}

export function ask(question: Omit<Question, "kind" | "answer" | "no" | "danger"> & Partial<Pick<Question, "no" | "danger">>): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      show(null);
      resolve(yes);
    };
    show({ kind: "question", no: "Cancel", danger: false, ...question, answer });
  });
}

/** The name that was typed, trimmed; null when the person changed their mind. */
export function askName(prompt: Omit<NamePrompt, "kind" | "answer">): Promise<string | null> {
  return new Promise((resolve) => {
    const answer = (name: string | null) => {
      show(null);
      resolve(name?.trim() || null);
    };
    show({ kind: "name", ...prompt, answer });
  });
}
