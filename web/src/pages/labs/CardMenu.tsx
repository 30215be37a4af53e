import { Menu } from "@mantine/core";
import { askAndDelete } from "@/actions/deleteLab";
import { download } from "@/actions/exportLab";
import { tellIfItFails } from "@/actions/run";
import { exportUrl } from "@/api/labs";
import type { LabSummary } from "@/api/types";
import { lacks } from "@/model/people";
import { Icon } from "@/ui/Icon";
import { show } from "@/view/dialogs";

export function CardMenu({ lab }: { lab: LabSummary }) {
  const why = lacks(lab.my_right, "own", lab.owner);
  return (
    <Menu position="bottom-end" shadow="none">
      <Menu.Target>
        <button type="button" className="ib boxed" aria-label={`More for ${lab.name}`}>
          <Icon name="more" className="i14" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<Icon name="users" className="i14" />}
          aria-disabled={why !== null}
          title={why ?? undefined}
          onClick={() => why ?? show({ kind: "share", lab: lab.id, name: lab.name, owner: lab.owner })}
        >
          Share lab
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="export" className="i14" />} onClick={() => download(exportUrl(lab.id))}>
          Export lab as a file
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          className="danger"
          leftSection={<Icon name="trash" className="i14" />}
          aria-disabled={why !== null}
          title={why ?? undefined}
          onClick={() => why ?? tellIfItFails(() => askAndDelete(lab.id, lab.name, lab.running_count))}
        >
          Delete lab
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
