// Actions as rows of a menu: each with its icon and shortcut, those that are off with their reason.
import { Menu } from "@mantine/core";
import { Fragment } from "react";
import type { Action, Context } from "@/actions/action";
import { runAction } from "@/actions/run";
import { Icon } from "@/ui/Icon";
import { Keys } from "@/ui/Keys";

export function ActionItems({ actions, context }: { actions: Action[]; context: Context }) {
  const shown = actions.map((action) => ({ action, why: action.off(context) })).filter(({ why }) => why !== "");
  return shown.map(({ action, why }, i) => (
    <Fragment key={action.id}>
      {action.parted && i > 0 && <Menu.Divider />}
      <Menu.Item
        className={action.danger ? "danger" : ""}
        leftSection={<Icon name={action.icon} className="i14" />}
        rightSection={action.shortcut && <Keys shortcut={action.shortcut} />}
        aria-disabled={why !== null}
        title={why ?? undefined}
        closeMenuOnClick={why === null}
        onClick={() => {
          if (why === null) runAction(action, context);
        }}
      >
        {action.name(context)}
      </Menu.Item>
    </Fragment>
  ));
}
