// What the command palette offers: actions that can be done now, then places to go to.
import { navigate } from "wouter/use-browser-location";
import type { Context } from "@/actions/action";
import { ACTIONS } from "@/actions/all";
import { cut } from "@/actions/cut";
import { heal } from "@/actions/heal";
import { openConsole } from "@/actions/openConsole";
import { runAction } from "@/actions/run";
import type { LabSummary } from "@/api/types";
import { linkKey, linkName, networkKey, nodeKey } from "@/model/ends";
import { formWords, linkForm } from "@/model/linkform";
import { score } from "@/model/search";
import { STOPPED, isLive, titleOf } from "@/model/state";
import { count } from "@/model/words";
import { mayOperate } from "@/model/people";

export interface Command {
  id: string;
  group: "Do" | "Go to";
  icon: string;
  text: string;
  note: string;
  shortcut?: string;
  do: () => void;
}

const MOST = 8;

export function commandsFor(query: string, context: Context, labs: LabSummary[]): Command[] {
  const all = [...acts(context), ...linkActs(context), ...consoles(context), ...places(context), ...otherLabs(context, labs)];
  const scored = all.map((command) => ({ command, value: score(query, `${command.text} ${command.note}`) }));
  const found = scored.filter(({ value }) => value > 0).sort((a, b) => b.value - a.value);
  const of = (group: Command["group"]) => found.filter(({ command }) => command.group === group).slice(0, MOST);
  return [...of("Do"), ...of("Go to")].map(({ command }) => command);
}

function acts(context: Context): Command[] {
  return ACTIONS.filter((action) => action.id !== "commands" && action.off(context) === null).map((action) => ({
    id: action.id,
    group: "Do",
    icon: action.icon,
    text: action.name(context),
    note: "",
    ...(action.shortcut ? { shortcut: action.shortcut } : {}),
    do: () => runAction(action),
  }));
}

function linkActs(context: Context): Command[] {
  const { lab } = context;
  if (!lab || !mayOperate(lab)) return [];
  return lab.lab.links.map((link) => {
    const action = link.state === "cut" ? heal : cut;
    return {
      id: `link-${link.id}`,
      group: "Do",
      icon: action.icon,
      text: `${link.state === "cut" ? "Heal" : "Cut"} link ${linkName(lab.lab, link)}`,
      note: formWords(linkForm(link, lab.status.links[link.id])),
      do: () => runAction(action, { ...context, selection: [linkKey(link.id)] }),
    };
  });
}

function consoles(context: Context): Command[] {
  return Object.entries(context.lab?.lab.nodes ?? {}).flatMap(([id, node]): Command[] => {
    const status = context.lab?.status.nodes[id] ?? STOPPED;
    if (!isLive(status.state)) return [];
    const there = { ...context, selection: [nodeKey(Number(id))] };
    return [{ id: `console-${id}`, group: "Do", icon: "console", text: `Open console of ${node.name}`, note: "", do: () => runAction(openConsole, there) }];
  });
}

function places({ lab, sheet }: Context): Command[] {
  const go = (key: string) => () => sheet?.reveal(key);
  const nodes = Object.entries(lab?.lab.nodes ?? {}).map(([id, node]): Command => {
    const word = titleOf((lab?.status.nodes[id] ?? STOPPED).state).toLowerCase();
    const addresses = Object.values(node.interfaces ?? {}).flatMap((i) => i.addresses ?? []);
    return { id: `node-${id}`, group: "Go to", icon: "generic-node", text: node.name, note: [word, ...addresses.slice(0, 2)].join(", "), do: go(nodeKey(Number(id))) };
  });
  const networks = Object.entries(lab?.lab.networks ?? {}).map(
    ([id, network]): Command => ({ id: `net-${id}`, group: "Go to", icon: "bridge", text: network.name, note: "network", do: go(networkKey(Number(id))) }),
  );
  return [...nodes, ...networks];
}

function otherLabs({ lab }: Context, labs: LabSummary[]): Command[] {
  return labs
    .filter((other) => other.id !== lab?.lab.id)
    .map((other) => ({
      id: `lab-${other.id}`,
      group: "Go to",
      icon: "folder",
      text: other.name,
      note: `lab, ${count(other.node_count, "node")}`,
      do: () => navigate(`/labs/${other.id}`),
    }));
}
