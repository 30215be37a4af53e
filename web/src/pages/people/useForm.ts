// A form's one request: busy while it is under way, its problem as words.
import { type SyntheticEvent, useState } from "react";
import { causeAndCure } from "@/api/errors";

export function useForm(send: (text: (name: string) => string, form: HTMLFormElement) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const text = (name: string) => {
      const value = data.get(name);
      return typeof value === "string" ? value : "";
    };
    setBusy(true);
    setError(null);
    try {
      await send(text, form);
    } catch (problem) {
      const { cause, cure } = causeAndCure(problem);
      setError([cause, cure].filter(Boolean).join(" "));
    }
    setBusy(false);
  };
  return { busy, error, onSubmit: (event: SyntheticEvent<HTMLFormElement>) => void submit(event) };
}
