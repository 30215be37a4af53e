// Ctrl K: type what you want, press Enter.
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { currentContext } from "@/actions/context";
import { useLabs } from "@/api/labs";
import { pieces } from "@/model/search";
import { Icon } from "@/ui/Icon";
import { Keys } from "@/ui/Keys";
import { show } from "@/view/dialogs";
import { type Command, commandsFor } from "./commands";

export function CommandPalette() {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const { data: labs } = useLabs();
  const found = commandsFor(query, currentContext(), labs ?? []);
  const here = Math.min(at, found.length - 1);

  const pick = (command: Command | undefined) => {
    if (!command) return;
    show(null);
    command.do();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((here + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") pick(found[here]);
    else return;
    event.preventDefault();
  };

  return (
    <div>
      <div className="cmd-input">
        <Icon name="search" />
        <input
          data-autofocus
          role="combobox"
          aria-expanded
          aria-controls="commands"
          aria-activedescendant={found[here] ? `cmd-${found[here].id}` : undefined}
          aria-label="Search or run a command"
          placeholder="Search labs, nodes, addresses or run a command"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="cmd-list" id="commands" role="listbox" aria-label="Commands">
        {(["Do", "Go to"] as const).map((group) => (
          <Rows key={group} group={group} found={found} here={here} query={query} pick={pick} />
        ))}
        {found.length === 0 && <p className="cmd-none">Nothing is called “{query}”.</p>}
      </div>
      <div className="cmd-foot">
        <span>
          <kbd className="kbd">↑</kbd>
          <kbd className="kbd">↓</kbd>choose
        </span>
        <span>
          <kbd className="kbd">Enter</kbd>do it
        </span>
        <span>
          <kbd className="kbd">?</kbd>all shortcuts
        </span>
      </div>
    </div>
  );
}

interface RowsProps {
  group: Command["group"];
  found: Command[];
  here: number;
  query: string;
  pick: (command: Command) => void;
}

function Rows({ group, found, here, query, pick }: RowsProps) {
  const rows = found.map((command, i) => ({ command, i })).filter(({ command }) => command.group === group);
  if (rows.length === 0) return null;
  return (
    <>
      <h4>{group}</h4>
      <ul>
        {rows.map(({ command, i }) => (
          <Row key={command.id} command={command} on={i === here} query={query} pick={pick} />
        ))}
      </ul>
    </>
  );
}

function Row({ command, on, query, pick }: { command: Command; on: boolean; query: string; pick: (command: Command) => void }) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (on) row.current?.scrollIntoView({ block: "nearest" });
  }, [on]);
  return (
    <li ref={row} id={`cmd-${command.id}`} role="option" aria-selected={on} onClick={() => pick(command)}>
      <Icon name={command.icon} />
      <span>{pieces(query, command.text).map((p, i) => (p.hit ? <mark key={i}>{p.text}</mark> : p.text))}</span>
      {command.note && <em>{command.note}</em>}
      {command.shortcut && <Keys shortcut={command.shortcut} />}
    </li>
  );
}
