// The menu under the pointer: what can be done with what is chosen.
import { Menu } from "@mantine/core";
import type { Place } from "@/actions/action";
import { ACTIONS } from "@/actions/all";
import { useContextNow } from "@/actions/context";
import type { Key } from "@/model/ends";
import { setSheet, useSheet } from "@/view/sheet";
import { ActionItems } from "./ActionItems";

export function ContextMenu() {
  const menu = useSheet((s) => s.menu);
  const context = useContextNow();
  if (!menu) return null;
  const place = placeOf(menu.key);
  return (
    <Menu opened onChange={() => setSheet({ menu: null })} position="bottom-start" offset={2} shadow="none" transitionProps={{ duration: 0 }} withinPortal>
      <Menu.Target>
        <span style={{ position: "fixed", left: menu.at.x, top: menu.at.y, width: 1, height: 1 }} />
      </Menu.Target>
      <Menu.Dropdown aria-label="What can be done here">
        <ActionItems actions={ACTIONS.filter((action) => action.places.includes(place))} context={context} />
      </Menu.Dropdown>
    </Menu>
  );
}

function placeOf(key: Key | null): Place {
  if (key?.startsWith("n")) return "node";
  if (key?.startsWith("w")) return "network";
  if (key?.startsWith("l")) return "link";
  return "sheet";
}
