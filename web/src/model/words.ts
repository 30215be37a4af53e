// Figures and times as a person reads them.

const NBSP = "\u00a0";

/** "2 min ago" up to a day, then "yesterday", then the date. */
export function ago(at_ms: number, now_ms: number): string {
  const s = Math.max(0, Math.round((now_ms - at_ms) / 1000));
  if (s < 45) return "just now";
  const min = Math.round(s / 60);
  if (min < 60) return `${min} min ago`;
  const hours = Math.round(min / 60);
  if (hours < 24) return `${hours} h ago`;
  if (hours < 48) return "yesterday";
  const date = new Date(at_ms);
  const sameYear = date.getFullYear() === new Date(now_ms).getFullYear();
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
}

/** "for 2 h 14 min", "for 24 s". */
export function lasting(since_ms: number, now_ms: number): string {
  const s = Math.max(0, Math.round((now_ms - since_ms) / 1000));
  if (s < 60) return `for ${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `for ${min} min`;
  const hours = Math.floor(min / 60);
  if (hours < 48) return `for ${hours} h ${min % 60} min`;
  return `for ${Math.floor(hours / 24)} days`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)}${NBSP}s`;
}

/** `1 node`, `3 nodes`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n}${NBSP}${n === 1 ? one : many}`;
}

/** 184 and "MB" apart, so that the unit can be set smaller. */
export function bytes(n: number): { figure: string; unit: string } {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const figure = unit > 0 && value < 10 ? value.toFixed(1) : String(Math.round(value));
  return { figure, unit: units[unit] ?? "" };
}

/** Two letters for an avatar: `ES` of `elena.sander`, `AD` of `admin`. */
export function initials(name: string): string {
  const [first = "", second] = name.split(/[\s._-]+/).filter(Boolean);
  return (second ? first.charAt(0) + second.charAt(0) : first.slice(0, 2)).toUpperCase();
}

/** One of the four hues for people; the same name always gets the same. */
export function personHue(name: string): number {
  let sum = 0;
  for (const char of name) sum += char.charCodeAt(0);
  return (sum % 4) + 1;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? "";
  const shown = names.length > most ? names.slice(0, most - 1) : names.slice(0, -1);
  const rest = names.length > most ? count(names.length - shown.length, "more", "more") : (names.at(-1) ?? "");
  return `${shown.join(", ")} and ${rest}`;
}
