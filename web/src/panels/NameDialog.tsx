import { useState } from "react";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import type { NamePrompt } from "@/view/dialogs";

export function NameDialog({ prompt }: { prompt: NamePrompt }) {
  const [name, setName] = useState(prompt.value);
  return (
    <form
      className="dlg"
      aria-labelledby="name-title"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) prompt.answer(name);
      }}
    >
      <h2 id="name-title">{prompt.title}</h2>
      <Field label={prompt.label} value={name} onChange={(event) => setName(event.target.value)} data-autofocus maxLength={120} onFocus={(event) => event.target.select()} />
      <div className="end">
        <Button size="lg" onClick={() => prompt.answer(null)}>
          Cancel
        </Button>
        <Button size="lg" look="primary" type="submit" off={name.trim() ? null : "Type a name first."}>
          {prompt.yes}
        </Button>
      </div>
    </form>
  );
}
