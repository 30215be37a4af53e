import { initials, personHue } from "@/model/words";

export function Avatar({ name }: { name: string }) {
  return (
    <span className="av" style={{ "--c": `var(--person-${personHue(name)})` }} title={name} aria-label={name} role="img">
      {initials(name)}
    </span>
  );
}
