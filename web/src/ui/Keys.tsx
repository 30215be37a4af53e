import { caps } from "@/model/shortcut";

/** A shortcut as key caps. */
export function Keys({ shortcut }: { shortcut: string }) {
  return (
    <span className="kbds">
      {caps(shortcut).map((cap) => (
        <kbd key={cap} className="kbd">
          {cap}
        </kbd>
      ))}
    </span>
  );
}
