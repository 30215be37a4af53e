import { useState } from "react";
import { renameNode } from "@/actions/renameNode";
import { tellIfItFails } from "@/actions/run";
import type { Lab } from "@/api/types";

/** Saved on Enter or when one goes on; Escape takes it back. */
export function NameField({ lab, id, name, off }: { lab: Lab; id: number; name: string; off: boolean }) {
  const [value, setValue] = useState(name);
  const commit = () => {
    if (value.trim() && value.trim() !== name) tellIfItFails(() => renameNode(lab, id, value.trim()));
    else setValue(name);
  };
  return (
    <div className="field">
      <input
        aria-label="Name"
        value={value}
        readOnly={off}
        spellCheck={false}
        onChange={(event) => setValue(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") setValue(name);
        }}
      />
    </div>
  );
}
