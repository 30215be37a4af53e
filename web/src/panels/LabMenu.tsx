import { Menu } from "@mantine/core";
import { useContextNow } from "@/actions/context";
import { deleteLab } from "@/actions/deleteLab";
import { exportLab } from "@/actions/exportLab";
import { leaveLab } from "@/actions/leaveLab";
import { renameLab } from "@/actions/renameLab";
import { shareLab } from "@/actions/shareLab";
import { Icon } from "@/ui/Icon";
import { ActionItems } from "./ActionItems";

/** What can be done with the lab as a whole, behind its name. */
export function LabMenu() {
  const context = useContextNow();
  return (
    <Menu position="bottom-start" shadow="none">
      <Menu.Target>
        <button type="button" className="ib sm" aria-label="Lab menu">
          <Icon name="chevron-down" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <ActionItems actions={[{ ...renameLab, parted: false }, shareLab, exportLab, { ...leaveLab, parted: true }, { ...deleteLab, parted: true }]} context={context} />
      </Menu.Dropdown>
    </Menu>
  );
}
