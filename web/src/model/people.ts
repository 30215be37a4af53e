// Users, rights and ways in, in a person's words.
import type { LabRight, Right, Role } from "@/api/types";
import { count } from "./words";

export const RIGHTS: { right: Right; name: string; means: string }[] = [
  { right: "view", name: "View", means: "see the lab and how it runs" },
  { right: "operate", name: "Operate", means: "start and stop, open consoles, cut links" },
  { right: "edit", name: "Edit", means: "change the lab as well" },
];

export const ROLES: { role: Role; name: string; means: string }[] = [
  { role: "member", name: "Member", means: "own labs and shared ones" },
  { role: "admin", name: "Administrator", means: "every lab, and users" },
];

export const roleName = (role: Role): string => ROLES.find((r) => r.role === role)?.name ?? role;
export const rightName = (right: Right): string => RIGHTS.find((r) => r.right === right)?.name ?? right;

/** On the card of somebody else's lab; nothing where one may do everything. */
export const rightNote = (right: LabRight): string | null => (right === "own" ? null : `You may ${right}`);

/** From the least on; each holds those before it. */
const LAB_RIGHTS: LabRight[] = ["view", "operate", "edit", "own"];
const holds = (mine: LabRight, needed: LabRight): boolean => LAB_RIGHTS.indexOf(mine) >= LAB_RIGHTS.indexOf(needed);

export const mayOperate = (lab: { my_right: LabRight }): boolean => holds(lab.my_right, "operate");
export const mayEdit = (lab: { my_right: LabRight }): boolean => holds(lab.my_right, "edit");

/** Why one cannot do what needs `needed`; null: one can. */
export function lacks(mine: LabRight, needed: LabRight, owner: string): string | null {
  if (holds(mine, needed)) return null;
  if (needed === "own") return `Only ${owner}, who owns this lab, and administrators can do that.`;
  return `You can ${mine === "view" ? "look" : "operate"}, not ${needed === "edit" ? "change" : "start or stop"}. ${owner} owns this lab.`;
}

/** What is told to who looks at a lab while the right changes. */
export function rightNews(right: LabRight | null, lab: string): { title: string; text: string } {
  if (right === null) return { title: `${lab} is no longer shared with you`, text: "What you had open in it is closed." };
  const may = { view: "look at it", operate: "start and stop it, and open consoles", edit: "change it", own: "do everything in it" };
  return { title: `Your right in ${lab} has changed`, text: `You may ${may[right]} now.` };
}

/** "Firefox on Linux" of what a browser says it is; a program's own name as it is. */
export function agentName(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1];
  if (!browser) return agent.slice(0, 60) || "Unknown";
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux)/.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS", CrOS: "ChromeOS" };
  const name = (word: string) => names[word] ?? word;
  return system ? `${name(browser)} on ${name(system)}` : name(browser);
}

/** "for 29 days more", "ended". */
export function holdsFor(expires_ms: number, now_ms: number): string {
  const hours = Math.floor((expires_ms - now_ms) / 3_600_000);
  if (expires_ms <= now_ms) return "ended";
  if (hours < 1) return "for less than an hour";
  return hours < 48 ? `for ${count(hours, "hour")}` : `for ${count(Math.floor(hours / 24), "day")}`;
}

/** Where the operation's own word is not a person's. */
const ACTIONS: Record<string, string> = { create_session: "log in", delete_session: "log out", set_share: "share lab", delete_share: "stop sharing lab" };

/** `start_lab` as words: "start lab". */
export const actionWords = (action: string): string => ACTIONS[action] ?? action.replaceAll("_", " ");

/** The other way round, of what a person types. */
export function actionOf(words: string): string {
  const plain = words.trim().toLowerCase();
  return Object.entries(ACTIONS).find(([, name]) => name === plain)?.[0] ?? plain.replaceAll(" ", "_");
}
