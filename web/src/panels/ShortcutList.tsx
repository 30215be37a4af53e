import type { Context } from "@/actions/action";
import { GROUPS } from "@/actions/all";
import { Keys } from "@/ui/Keys";

const MORE: [string, string][] = [
  ["Walk to the nearest node", "Arrows"],
  ["Walk along a link", "Shift+Arrows"],
];

/** Made from the actions themselves, so that it cannot be wrong. */
export function ShortcutList() {
  const context: Context = { lab: null, selection: [], sheet: null };
  return (
    <div className="dlg">
      <h2>Shortcuts</h2>
      <p className="muted">Single keys work while the sheet has the focus. In a terminal every key is the terminal’s.</p>
      <div className="keys">
        {GROUPS.map(({ title, actions }) => (
          <Group key={title} title={title} rows={actions.flatMap((a) => (a.shortcut ? [[a.name(context), a.shortcut]] : []))} />
        ))}
        <Group title="On the sheet" rows={MORE} />
      </div>
    </div>
  );
}

function Group({ title, rows }: { title: string; rows: string[][] }) {
  return (
    <>
      <h3>{title}</h3>
      {rows.map(([name = "", shortcut = ""]) => (
        <div key={name}>
          <span>{name}</span>
          <Keys shortcut={shortcut} />
        </div>
      ))}
    </>
  );
}
