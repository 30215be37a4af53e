import { useRef, useState } from "react";
import { Button } from "./Button";

/** A text to take away. Over plain HTTP a page has no clipboard: then it is chosen, for Ctrl C. */
export function CopyBox({ label, text }: { label: string; text: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("Copy");
  const copy = async () => {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Press Ctrl C");
    }
  };
  return (
    <div className="copybox">
      <input ref={input} className="mono" readOnly value={text} aria-label={label} onFocus={(event) => event.target.select()} />
      <Button icon="copy" onClick={() => void copy()}>
        {said}
      </Button>
    </div>
  );
}
