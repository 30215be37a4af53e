import { Menu } from "@mantine/core";
import { currentContext } from "@/actions/context";
import { logOut } from "@/actions/logOut";
import { shortcuts } from "@/actions/shortcuts";
import { showAccount } from "@/actions/showAccount";
import { showImages } from "@/actions/showImages";
import { showUsers } from "@/actions/showUsers";
import type { Session } from "@/api/types";
import { initials, personHue } from "@/model/words";
import { ActionItems } from "./ActionItems";

export function UserMenu({ session }: { session: Session }) {
  const { username, role } = session.user;
  return (
    <Menu position="bottom-end" shadow="none">
      <Menu.Target>
        <button type="button" className="av" style={{ "--c": `var(--person-${personHue(username)})` }} aria-label={`${username}, your account`}>
          {initials(username)}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {username}, {role === "admin" ? "administrator" : "member"}
        </Menu.Label>
        <ActionItems actions={[showImages, showAccount, showUsers, shortcuts, { ...logOut, parted: true }]} context={currentContext()} />
      </Menu.Dropdown>
    </Menu>
  );
}
